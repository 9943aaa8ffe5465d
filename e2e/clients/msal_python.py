"""MSAL for Python, as tools use it. What is said on both sides: ../lib/program.mjs."""

import msal

from wire import answer, say, task

AUTHORITY = f"{task['authority']}/{task['tenant']}"
SCOPES = task["scopes"]


def confidential():
    credential = task.get("client_secret")
    if "certificate" in task:
        it = task["certificate"]
        credential = {"private_key": it["key"], "thumbprint": it["sha1"], "public_certificate": it["pem"]}
    return msal.ConfidentialClientApplication(
        task["client_id"], authority=AUTHORITY, client_credential=credential, instance_discovery=False
    )


def public():
    return msal.PublicClientApplication(task["client_id"], authority=AUTHORITY, instance_discovery=False)


def client_credentials():
    return confidential().acquire_token_for_client(SCOPES)


def code():
    app = confidential()
    flow = app.initiate_auth_code_flow(SCOPES, redirect_uri=task["redirect_uri"], login_hint=task["upn"])
    return app.acquire_token_by_auth_code_flow(flow, answer(flow["auth_uri"]))


def interactive():
    from wire import register_browser

    register_browser()
    return public().acquire_token_interactive(SCOPES, login_hint=task["upn"], timeout=60)


def silent():
    app = confidential()
    flow = app.initiate_auth_code_flow(SCOPES, redirect_uri=task["redirect_uri"])
    app.acquire_token_by_auth_code_flow(flow, answer(flow["auth_uri"]))
    [account] = app.get_accounts()
    return app.acquire_token_silent_with_error(SCOPES, account, force_refresh=True)


def refresh():
    return confidential().acquire_token_by_refresh_token(task["refresh_token"], SCOPES)


def device():
    app = public()
    flow = app.initiate_device_flow(SCOPES)
    if "user_code" not in flow:
        return flow
    say({"device": {"user_code": flow["user_code"], "verification_uri": flow["verification_uri"]}})
    return app.acquire_token_by_device_flow(flow)


def on_behalf_of():
    return confidential().acquire_token_on_behalf_of(task["assertion"], SCOPES)


try:
    result = globals()[task["do"]]()
except ValueError as error:
    # An authority that does not answer its discovery is a ValueError.
    result = {"error": "discovery", "error_description": str(error)}
if "access_token" in result:
    say({"tokens": {name: result.get(name) for name in ("access_token", "refresh_token", "id_token")}})
else:
    say({"error": result.get("error"), "description": result.get("error_description")})
