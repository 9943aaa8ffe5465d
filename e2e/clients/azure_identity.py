"""azure-identity for Python, as tools use it. What is said on both sides: ../lib/program.mjs."""

import azure.identity as identity
from azure.core.exceptions import ClientAuthenticationError

from wire import answer, query, register_browser, say, task

COMMON = {"authority": task["authority"], "disable_instance_discovery": True}
CLIENT = {"tenant_id": task["tenant"], "client_id": task["client_id"]}


def client_credentials():
    if "certificate" in task:
        pem = (task["certificate"]["key"] + task["certificate"]["pem"]).encode()
        return identity.CertificateCredential(**CLIENT, certificate_data=pem, **COMMON)
    return identity.ClientSecretCredential(**CLIENT, client_secret=task["client_secret"], **COMMON)


def code():
    where = f"{task['authority']}/{task['tenant']}/oauth2/v2.0/authorize"
    scope = " ".join(task["scopes"])
    redirect = task["redirect_uri"]
    asked = query(client_id=task["client_id"], response_type="code", redirect_uri=redirect, scope=scope, state="s")
    return identity.AuthorizationCodeCredential(
        **CLIENT,
        authorization_code=answer(f"{where}?{asked}")["code"],
        redirect_uri=redirect,
        client_secret=task["client_secret"],
        **COMMON,
    )


def interactive():
    register_browser()
    return identity.InteractiveBrowserCredential(**CLIENT, login_hint=task["upn"], timeout=60, **COMMON)


def device():
    def show(verification_uri, user_code, _until):
        say({"device": {"user_code": user_code, "verification_uri": verification_uri}})

    return identity.DeviceCodeCredential(**CLIENT, prompt_callback=show, **COMMON)


def on_behalf_of():
    secret = task["client_secret"]
    return identity.OnBehalfOfCredential(**CLIENT, client_secret=secret, user_assertion=task["assertion"], **COMMON)


try:
    token = globals()[task["do"]]().get_token(*task["scopes"])
    say({"tokens": {"access_token": token.token}})
except (ClientAuthenticationError, ValueError) as error:
    say({"error": type(error).__name__, "description": str(error)})
