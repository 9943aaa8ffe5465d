"""The lines that a client and the test exchange: one JSON object each."""

import json
import sys
import urllib.parse
import webbrowser


def say(message):
    print(json.dumps(message), flush=True)


def answer(url):
    """Has the test's browser open an address, and answers the parameters with which it came back."""
    say({"open": url})
    return json.loads(sys.stdin.readline())


def register_browser():
    """The test's browser instead of this machine's, for libraries that open one and listen themselves."""

    class Browser(webbrowser.BaseBrowser):
        def open(self, url, new=0, autoraise=True):
            say({"visit": url})
            return True

    webbrowser.register("test", None, Browser(), preferred=True)


def query(**fields):
    return urllib.parse.urlencode(fields)


task = json.loads(sys.stdin.readline())
