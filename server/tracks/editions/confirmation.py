"""The last step of an act on a page: the preview that was seen, the reason, the act."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest

from server.acts import ActRefused, PreviewOutdated, fingerprint
from server.tracks.upload_form import ReasonForm


@dataclass(frozen=True)
class Confirmation:
    """How far the act got: `form` is shown with the preview, unless it is `done`."""

    form: ReasonForm
    refusal: ActRefused | None = None
    status: int = 200
    done: bool = False


def confirm(request: HttpRequest, preview: object, act: Callable[..., object]) -> Confirmation:
    """Do `act(reason=…, seen=…)` where the request confirms a preview; else ask for that."""
    fresh = {"seen": fingerprint(preview)}
    if "seen" not in request.POST or "preview" in request.POST:
        return Confirmation(ReasonForm(initial=fresh | {"reason": request.POST.get("reason", "")}))
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return Confirmation(form, status=400)
    try:
        act(**form.cleaned_data)
    except PreviewOutdated as stale:
        again = ReasonForm(initial=fresh | {"reason": form.cleaned_data["reason"]})
        return Confirmation(again, refusal=stale, status=409)
    except ActRefused as refusal:
        return Confirmation(form, refusal=refusal, status=409)
    return Confirmation(form, done=True)
