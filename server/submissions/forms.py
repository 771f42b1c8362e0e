"""The hand-in's form, shared by page and API."""

from django import forms


class HandInForm(forms.Form):
    archive = forms.FileField(
        label="Zip of PNGs",
        allow_empty_file=False,
        error_messages={
            "required": "No file came with the form. Choose the zip of your PNGs.",
            "empty": "The file is empty: it has 0 bytes. Choose the zip of your PNGs.",
        },
        widget=forms.ClearableFileInput(attrs={"accept": ".zip,application/zip"}),
    )
    method = forms.CharField(
        max_length=120,
        required=False,
        label="Method",
        help_text="A name by which your team knows this hand-in, such as “ResNet-50, epoch 12”.",
    )
