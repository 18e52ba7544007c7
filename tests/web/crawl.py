"""Going through every page a person can reach by links."""

import re
from collections import Counter

from web.browser import Browser, Page

# Of pages without end, how many are looked at.
MOST = {r"/staff/week/\d": 3, r"/staff/day/\d": 3, r"/staff/reports\?": 5, r"/admin/days-off\?": 3, r"/technician/duty/\d": 3}


def crawl(client: Browser, start: tuple[str, ...] = ("/", "/staff/notices", "/panel", "/panel/pair", "/sign-in")) -> dict[str, str]:
    """Return path -> HTML of all pages that can be reached; anything that fails on the way fails the test."""
    waiting, seen, pages, looked_at = list(start), set(), {}, Counter()
    while waiting:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        kind = next((kind for kind in MOST if re.match(kind, path)), "")
        looked_at[kind] += 1
        if kind and looked_at[kind] > MOST[kind]:
            continue
        answer = client.get(path)
        assert answer.status_code in (200, 303, 401), (path, answer.status_code)
        if answer.status_code == 303:
            waiting.append(answer.headers["Location"])
        elif answer.mimetype == "text/html" and answer.status_code == 200:
            pages[path] = answer.text
            waiting += sorted(Page(answer.text).links)
    return pages
