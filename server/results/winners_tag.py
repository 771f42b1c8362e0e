"""Template tags of final results for the pages of other apps: the winners on the front page, a link to all."""

from collections.abc import Iterable
from typing import Any

from django import template

from server.results.models import FinalResults
from server.results.shown import differs, front_page_results

register = template.Library()


@register.inclusion_tag("results/winners.html")
def winners(cards: Iterable[Any]) -> dict[str, Any]:
    """The winners of the tracks of these cards, from when their final results were published; nothing before."""
    tracks = {card.track.pk for card in cards}
    return {"listed": [(results, differs(results)) for results in front_page_results(tracks)]}


@register.inclusion_tag("results/nav_link.html", takes_context=True)
def results_link(context: template.Context) -> dict[str, Any]:
    """An entry of the navigation, once there are final results."""
    return {"shown": FinalResults.objects.exists(), "request": context.get("request")}
