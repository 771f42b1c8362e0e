"""Forms of the admin that show what follows before they save."""

from typing import Generic, TypeVar, cast

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db.models import Model
from django.http import QueryDict

from server.acts import fingerprint

Row = TypeVar("Row", bound=Model)
FIRST = "This is what follows. Nothing was saved. Give the reason and save again to confirm it."


class EffectsForm(forms.ModelForm, Generic[Row]):
    """A form that is saved only after what follows was shown, and with a reason. Subclasses write `effects`."""

    reason = forms.CharField(
        max_length=500,
        required=False,
        label="Reason for the change",
        widget=AdminTextInputWidget,
        help_text="Needed once teams have submitted, or where something follows. The audit log keeps it.",
    )
    seen = forms.CharField(required=False, initial="", widget=forms.HiddenInput)

    def effects(self, before: Row | None, after: Row) -> list[str]:
        """Return what follows, in sentences."""
        raise NotImplementedError

    def is_in_use(self) -> bool:
        """Whether any change needs a reason."""
        return False

    def _post_clean(self) -> None:
        """Show what follows, once the row is as it would be saved."""
        super()._post_clean()  # type: ignore[misc]  # which the stubs do not know
        changed = set(self.changed_data) - {"reason", "seen"}
        if not changed or self.errors:
            return
        before = type(self.instance)._default_manager.filter(pk=self.instance.pk).first()
        effects = self.effects(before, self.instance)
        if (effects or self.is_in_use()) and not self.cleaned_data.get("reason"):
            self.add_error("reason", "Give the reason for the change.")
        if effects and self.cleaned_data.get("seen") != fingerprint(effects):
            self._show(effects)

    def _show(self, effects: list[str]) -> None:
        data = cast(QueryDict, self.data).copy()
        data[self.add_prefix("seen")] = fingerprint(effects)
        self.data = data
        self.add_error(None, [forms.ValidationError(text) for text in (FIRST, *effects)])
