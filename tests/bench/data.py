"""Makes what the benchmark's source serves, from members as NDJSON:  data.py MEMBERS.ndjson FOLDER

A record gets two more fields (27 in all) and about 1.1 kB. FOLDER gets page-1.json, page-200.json and all.json.
"""

import json
import os
import sys

TAGS = ["canvasser", "leaflets", "branch secretary", "candidate", "welsh speaker", "conference delegate", "councillor"]


def record(line, number):
    """The member's JSON text with the two fields more, in the source's own compact spelling."""
    tags = [TAGS[(number * step) % len(TAGS)] for step in range(1, 2 + number % 5)]
    more = {
        "photo_url": f"https://photos.example.org/members/{number:08d}/original.jpeg?signature={number * 2654435761 % 2**64:016x}",
        "segments": [{"tag": tag, "added_by": f"organiser-{number % 97}"} for tag in tags],
    }
    return line.rstrip()[:-1] + "," + json.dumps(more, separators=(",", ":"))[1:]


def write(path, count, records):
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'{{"count":{count},"next":null,"previous":null,"values":[')
        file.write(",".join(records))
        file.write("]}")
    return os.path.getsize(path)


def main(source, folder):
    with open(source, encoding="utf-8") as lines:
        records = [record(line, number) for number, line in enumerate(lines, 1)]
    for name, size in (("page-1", 1), ("page-200", 200), ("all", len(records))):
        length = write(os.path.join(folder, name + ".json"), len(records), records[:size])
        print(f"{name}.json: {length} bytes, {size} records, {len(json.loads(records[0]))} fields", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
