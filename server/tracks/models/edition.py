"""Editions of the challenge: each has its own tracks, and with them its phases, rules and ground truth."""

from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.urls import reverse
from django.utils import timezone

from server.accounts.models import User

Reader = User | AnonymousUser | None


def sees_unlisted(reader: Reader) -> bool:
    """Whether this reader sees editions that are not listed: organisers do."""
    return reader is not None and reader.is_staff


def today() -> date:
    return timezone.now().date()


class EditionQuerySet(models.QuerySet["Edition"]):
    def listed(self) -> "EditionQuerySet":
        return self.filter(listed_at__isnull=False)

    def visible_to(self, reader: Reader) -> "EditionQuerySet":
        return self.all() if sees_unlisted(reader) else self.listed()

    def current(self) -> "Edition | None":
        """The latest listed edition, which the front page and the navigation show."""
        return self.listed().first()

    def for_new_tracks(self) -> "Edition":
        """The edition of a track that is created without one: the current one, the latest, or a first one."""
        return self.current() or self.first() or self.create(slug="first", title="First", listed_at=timezone.now())


class Edition(models.Model):
    """A year of the challenge. While it is not listed, it does not exist for anybody but organisers."""

    slug = models.SlugField(unique=True, error_messages={"unique": "Another edition has this slug."})
    title = models.CharField(
        max_length=40,
        unique=True,
        help_text="Such as the year.",
        error_messages={"unique": "Another edition has it."},
    )
    headline = models.CharField(
        max_length=120, blank=True, help_text="Above the front page’s title, such as the conference and the year."
    )
    description = models.TextField(blank=True, help_text="On the edition’s page. Markdown.")
    citation = models.TextField(blank=True, help_text="How to cite the edition, such as a BibTeX entry.")
    starts_on = models.DateField(
        default=today, help_text="Editions are ordered by it: the latest listed one is the current one."
    )
    listed_at = models.DateTimeField(
        null=True, editable=False, help_text="When it became public. Without it, only organisers see the edition."
    )

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "-pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("site:edition", args=[self.slug])

    @property
    def is_listed(self) -> bool:
        return self.listed_at is not None
