"""Pulls everyone with pyactionnetwork, which finds the way from the entry point.

    drive_pyactionnetwork.py --base URL --key KEY

The library has Action Network's address written into `refresh_config`; a subclass with another address is the only way
to any other. It has no method for the pages after the first, so their links are followed here with the library's
headers, as its own helper for donations does.
"""

import driving


def pull(options):
    import requests
    from pyactionnetwork import ActionNetworkApi

    class Elsewhere(ActionNetworkApi):
        def refresh_config(self):
            self.config = requests.get(url=f"{options.base}/api/v2/", headers=self.headers).json()

    api = Elsewhere(options.key)
    page, people = api.get_resource("people"), []
    while True:
        people += page["_embedded"]["osdi:people"]
        following = page["_links"].get("next")
        if not following:
            return people, [person["identifiers"][0] for person in people]
        page = requests.get(following["href"], headers=api.headers).json()


if __name__ == "__main__":
    driving.main(__doc__, "pyActionNetwork", pull)
