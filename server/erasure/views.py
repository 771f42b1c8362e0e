"""Pages on which a person reads what is stored about them, downloads it, and deletes the account."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from server.accounts.requests import AuthenticatedRequest
from server.acts import ActRefused, fingerprint
from server.erasure.forms import DeleteAccountForm
from server.erasure.services import delete_own_account, preview_erase
from server.erasure.stored import NOT_IN_IT, stored_about


@never_cache
@login_required
@require_safe
def data(request: AuthenticatedRequest) -> HttpResponse:
    """What is stored about the person, to read."""
    context = {"sections": stored_about(request.user), "not_in_it": NOT_IN_IT}
    return render(request, "erasure/data.html", context)


@never_cache
@login_required
@require_safe
def data_json(request: AuthenticatedRequest) -> HttpResponse:
    """The same as a file."""
    found = {section.title: section.rows for section in stored_about(request.user)}
    answer = JsonResponse(found, json_dumps_params={"indent": 1, "ensure_ascii": False})
    answer["Content-Disposition"] = 'attachment; filename="stored-about-me.json"'
    return answer


@never_cache
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
def delete(request: AuthenticatedRequest) -> HttpResponse:
    """Show what goes and what stays; then delete the account."""
    form, context = DeleteAccountForm(request.POST or None), {}
    try:
        if form.is_valid():
            delete_own_account(request.user, seen=request.POST.get("seen"))
            logout(request)
            messages.success(request, "Your account was deleted.")
            return redirect("site:home")
    except ActRefused as refusal:
        form.add_error(None, str(refusal))
    try:
        preview = preview_erase(request.user, request.user)
        context = {"preview": preview, "seen": fingerprint(preview)}
    except ActRefused as refusal:
        context = {"refusal": str(refusal)}
    return render(request, "erasure/delete.html", {"form": form, **context})
