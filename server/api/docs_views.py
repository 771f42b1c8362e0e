"""Views of the OpenAPI schema and of the page that shows it."""

from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from server.api.known_names import KnownParametersOnly


class Schema(KnownParametersOnly, SpectacularJSONAPIView):
    """The OpenAPI schema as JSON."""


class Docs(KnownParametersOnly, SpectacularSwaggerSplitView):
    """The page that shows the schema, and with `script` the script of that page."""

    query_parameters = ("script",)
