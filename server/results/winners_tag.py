"""Template tags of final results for the pages of other apps: the winners on the front page, a link to all."""

from typing import Any

from django import template

from server.results.models import FinalResults
from server.results.shown import differs, front_page_results

register = template.Library()


@register.inclusion_tag("results/winners.html")
def winners() -> dict[str, Any]:
    """The winners of each track, from when its final results were published; nothing before."""
    return {"listed": [(results, differs(results)) for results in front_page_results()]}


@register.inclusion_tag("results/nav_link.html", takes_context=True)
def results_link(context: template.Context) -> dict[str, Any]:
    """An entry of the navigation, once there are final results."""
    return {"shown": FinalResults.objects.exists(), "request": context.get("request")}
