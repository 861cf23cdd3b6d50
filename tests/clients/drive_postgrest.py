"""Pulls everyone with postgrest-py, page by page in the order of `id`:  drive_postgrest.py --base URL --key KEY

--paging range asks with .range(from, to), and limit with .limit() and .offset(); on the wire both are `limit` and `offset`.
--columns are those of .select(). The library follows no pages of its own, so its user counts, until a page is not full.
The key goes where --as says: into Authorization (bearer), or into apikey too, as Supabase's own client has it (supabase).
The base is an argument of the library.
"""

import driving


def add(parser):
    parser.add_argument("--paging", choices=["range", "limit"], default="range")
    parser.add_argument("--page", type=int, default=100)
    parser.add_argument("--columns", default="*")
    parser.add_argument("--as", dest="kind", choices=["bearer", "supabase"], default="bearer")


def client(options):
    from postgrest import SyncPostgrestClient

    # Whoever gives headers has them instead of the library's own, which are Accept and Content-Type.
    own = {"headers": {"apiKey": options.key}} if options.kind == "supabase" else {}
    return SyncPostgrestClient(options.base, **own).auth(options.key)


def pull(options):
    rows = []
    with client(options) as database:
        while True:
            query = database.from_("members").select(*options.columns.split(",")).order("id")
            begin, size = len(rows), options.page
            paged = query.range(begin, begin + size - 1) if options.paging == "range" else query.limit(size).offset(begin)
            page = paged.execute().data
            rows += page
            if len(page) < size:
                return rows, [row["id"] for row in rows]


if __name__ == "__main__":
    driving.main(__doc__, "postgrest", pull, add)
