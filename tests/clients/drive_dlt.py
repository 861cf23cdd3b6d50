"""Pulls everyone with the RESTClient of dlt and the paginator that suits the vendor.

    drive_dlt.py --base URL --key KEY --vendor NAME

NAME is nationbuilder2, actionnetwork, everyaction or dynamics. The base, the path to the records and the path to the
next link are arguments of the library, which follows next links, absolute or relative, until there is none.
"""

import driving

# The address under the base, the resource, where the records are, where the next link is, parameters, and an identifier.
VENDORS = {
    "nationbuilder2": ("/api/v2", "signups", "data", "links.next", {"page[size]": 100}, lambda one: one["id"]),
    "actionnetwork": ("/api/v2", "people", "_embedded['osdi:people']", "_links.next.href", {}, lambda one: one["identifiers"][0]),
    "everyaction": ("/v4", "people", "items", "nextPageLink", {"$top": 200}, lambda one: one["vanId"]),
    "dynamics": ("/api/data/v9.2", "contacts", "value", "['@odata.nextLink']", {"$select": "contactid,firstname"},
    lambda one: one["contactid"]),
}  # fmt: skip


def add(parser):
    parser.add_argument("--vendor", choices=sorted(VENDORS), required=True)


def credential(options):
    from dlt.sources.helpers.rest_client.auth import BearerTokenAuth, HttpBasicAuth

    if options.vendor == "actionnetwork":
        return {"headers": {"OSDI-API-Token": options.key}}
    if options.vendor == "everyaction":
        return {"auth": HttpBasicAuth("portcullis-tests", f"{options.key}|1")}
    prefer = {"headers": {"Prefer": "odata.maxpagesize=100"}} if options.vendor == "dynamics" else {}
    return {"auth": BearerTokenAuth(options.key)} | prefer


def pull(options):
    from dlt.sources.helpers.rest_client import RESTClient
    from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator

    root, resource, selector, following, params, key = VENDORS[options.vendor]
    client = RESTClient(base_url=options.base + root, paginator=JSONLinkPaginator(next_url_path=following), **credential(options))
    records = [record for page in client.paginate(resource, params=params, data_selector=selector) for record in page]
    return records, [key(record) for record in records]


if __name__ == "__main__":
    driving.main(__doc__, "dlt", pull, add)
