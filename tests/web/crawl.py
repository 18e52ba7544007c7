"""Going through every page a person can reach by links."""

import re

from web.browser import Browser, Page

MOST_WEEKS = MOST_DAYS = 3


def crawl(client: Browser, start: tuple[str, ...] = ("/", "/staff/notices", "/panel", "/panel/pair", "/sign-in")) -> dict[str, str]:
    """Return path -> HTML of all pages that can be reached; anything that fails on the way fails the test."""
    waiting, seen, pages, weeks, days = list(start), set(), {}, 0, 0
    while waiting:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        if re.match(r"/staff/week/\d", path):
            weeks += 1
            if weeks > MOST_WEEKS:
                continue
        if re.match(r"/staff/day/\d", path):
            days += 1
            if days > MOST_DAYS:
                continue
        answer = client.get(path)
        assert answer.status_code in (200, 303, 401), (path, answer.status_code)
        if answer.status_code == 303:
            waiting.append(answer.headers["Location"])
        elif answer.mimetype == "text/html" and answer.status_code == 200:
            pages[path] = answer.text
            waiting += sorted(Page(answer.text).links)
    return pages
