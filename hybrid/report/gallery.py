"""The page of many runs: a picture, the outcomes and a link for each, and the variants of a group side by side; needs no network."""

from __future__ import annotations

import base64
import html
import io
import json
from pathlib import Path
from typing import Any

__all__ = ["gallery_page", "thumbnail"]

EDGE = 420  # [px] width of a thumbnail
WORDS = {
    "title": ("Runs", "运行一览"),
    "all": ("{good} of {count} as asked", "{count} 次中 {good} 次如所要求"),
    "good": ("as asked", "如所要求"),
    "missed": ("not as asked", "未如所要求"),
    "failed": ("failed", "失败"),
    "refused": ("input not usable", "输入不可用"),
    "waiting": ("not made yet", "尚未生成"),
    "report": ("Report", "报告"),
    "no_clip": ("no pictures", "没有画面"),
    "others": ("Others", "其他"),
    "took": ("{seconds} s", "{seconds} 秒"),
}  # fmt: skip
STYLE = """:root{--bg:#f4f6f8;--card:#fff;--ink:#17212b;--soft:#566473;--rule:#dde3e9;--good:#00664f;--good-bg:#dff4ec;--warn:#7a4f00;--warn-bg:#fdf0cf;--bad:#a61b00;--bad-bg:#fde3dc}
@media (prefers-color-scheme:dark){:root{--bg:#10161c;--card:#19222b;--ink:#e8edf2;--soft:#a3b1bf;--rule:#2c3844;--good:#6fdcb6;--good-bg:#0f3a2e;--warn:#f3c969;--warn-bg:#42330c;--bad:#ff9d85;--bad-bg:#4d1a10}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,"Segoe UI",Arial,"Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif}
main{max-width:1320px;margin:0 auto;padding:32px 24px 64px}h1{font-size:28px;margin:0 0 4px}h2{font-size:19px;margin:34px 0 12px}.soft{color:var(--soft);margin:0}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(280px,1fr));gap:18px;margin-top:22px}.side{display:grid;gap:18px;grid-auto-flow:column;grid-auto-columns:minmax(260px,1fr);overflow-x:auto}
article{background:var(--card);border:1px solid var(--rule);border-radius:14px;overflow:hidden;display:flex;flex-direction:column}
video,.none{width:100%;aspect-ratio:var(--shape,16/9);background:#0b0f13;display:block;object-fit:contain}.none{display:grid;place-items:center;color:#8b98a5}
.body{padding:14px 16px;display:flex;flex-direction:column;gap:9px;flex:1}.head{display:flex;gap:10px;align-items:center;justify-content:space-between}
.name{font-weight:650}.badge{font-size:12.5px;font-weight:600;border-radius:999px;padding:2px 10px;white-space:nowrap}
.good{color:var(--good);background:var(--good-bg)}.warn{color:var(--warn);background:var(--warn-bg)}.bad{color:var(--bad);background:var(--bad-bg)}
.text{margin:0}ul{margin:0;padding:0;list-style:none;font-size:13.5px;color:var(--soft)}li{padding:3px 0 3px 20px;position:relative}li::before{content:"✓";position:absolute;left:0;color:var(--good);font-weight:700}
li.no::before{content:"✗";color:var(--bad)}code{font-size:12.5px;background:var(--bg);border-radius:6px;padding:2px 7px;margin-right:6px;display:inline-block}
.foot{margin-top:auto;display:flex;justify-content:space-between;font-size:13.5px;color:var(--soft)}a{color:inherit}"""


def thumbnail(clip: Path) -> str:
    """The frame two fifths into a clip as a data URI of a small JPEG; empty when the clip cannot be read."""
    from PIL import Image

    from generator.video import read_frames
    from scenes.errors import RunError, UserError

    try:
        frames = list(read_frames(clip))
    except (UserError, RunError, OSError):
        return ""
    if not frames:
        return ""
    picture = Image.fromarray(frames[len(frames) * 2 // 5])
    picture.thumbnail((EDGE, EDGE * 2))
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=82, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode("ascii")


def gallery_page(folder: Path, rows: list[dict[str, Any]]) -> str:
    """`index.html` of the runs under `folder`, from the rows of `summary.json`: rows whose `group` agrees stand side by side by `variant`."""
    zh = bool(rows) and sum(any(ord(c) > 0x2E80 for c in str(row["text"])) for row in rows) * 2 > len(rows)
    w = {key: pair[1 if zh else 0] for key, pair in WORDS.items()}
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault("" if row.get("group") is None else str(row["group"]), []).append(row)
    alone = groups.pop("", [])
    parts = [
        f"<h2>{html.escape(name)}</h2><div class=side>{''.join(_card(folder, row, w) for row in members)}</div>"
        for name, members in groups.items()
    ]
    if alone:
        head = f"<h2>{w['others']}</h2>" if groups else ""
        parts.append(f"{head}<div class=grid>{''.join(_card(folder, row, w) for row in alone)}</div>")
    good = sum(row["exit_status"] == 0 for row in rows)
    return (
        f'<!doctype html><html lang="{"zh-CN" if zh else "en"}"><meta charset=utf-8><meta name=viewport content="width=device-width">'
        f"<title>{w['title']}</title><style>{STYLE}</style><main><h1>{w['title']}</h1>"
        f"<p class=soft>{w['all'].format(good=good, count=len(rows))}</p>{''.join(parts)}</main></html>\n"
    )


def _card(folder: Path, row: dict[str, Any], w: dict[str, str]) -> str:
    place = folder / str(row["folder"])
    made = row["state"] in ("done", "kept")
    clip = place / "clip.mp4"
    poster = thumbnail(clip) if made and clip.is_file() else ""
    where = html.escape(str(row["folder"]), quote=True)
    if made and clip.is_file():
        picture = f'<video controls loop muted playsinline preload=none poster="{poster}" src="{where}/clip.mp4"{_shape(place)}></video>'
    else:
        picture = f"<div class=none>{w['no_clip']}</div>"
    state, style = {
        0: ("good", "good"), 3: ("missed", "warn"), 2: ("refused", "bad"), 1: ("failed", "bad"), None: ("waiting", "warn"),
    }[row["exit_status"]]  # fmt: skip
    outcomes = "".join(
        f'<li class="{"yes" if o["happened"] else "no"}">{html.escape(str(o["asked"] or ""))}: {html.escape(str(o["evidence"] or ""))}</li>'
        for o in row["outcomes"]
    )
    values = "".join(f"<code>{html.escape(text)}</code>" for text in _given(row))
    note = f"<p class=soft>{html.escape(str(row['note']))}</p>" if row["note"] and row["note"] != "kept" else ""
    name = str(row.get("variant") if row.get("variant") is not None else row["id"])
    link = (
        f'<a href="{where}/report.html">{w["report"]}</a>'
        if made and (place / "report.html").is_file()
        else "<span></span>"
    )
    seconds = w["took"].format(seconds=f"{row['took']:.1f}") if row["state"] == "done" else ""
    return (
        f"<article>{picture}<div class=body><div class=head><span class=name>{html.escape(name)}</span>"
        f'<span class="badge {style}">{w[state]}</span></div><p class=text>{html.escape(str(row["text"]))}</p>'
        f"{f'<div>{values}</div>' if values else ''}{f'<ul>{outcomes}</ul>' if outcomes else ''}{note}"
        f"<div class=foot>{link}<span>{seconds}</span></div></div></article>"
    )


def _given(row: dict[str, Any]) -> list[str]:
    """The values that a row brings with it: "bodies.ball.mass = 0.2"."""
    found = [f"{path} = {value}" for path, value in (row.get("set") or {}).items()]
    for name, values in (row.get("materials") or {}).items():
        found += [f"{name}.{key} = {value}" for key, value in values.items()] if isinstance(values, dict) else []
    return found + [f"{key} = {row[key]}" for key in ("seed", "seconds", "slow") if row.get(key) is not None]


def _shape(place: Path) -> str:
    """The proportions of a clip, so that the page does not jump."""
    try:
        size = json.loads((place / "report.json").read_text(encoding="utf-8"))["clip"]["size"]
        return f' style="--shape:{int(size[0])}/{int(size[1])}"'
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return ""
