"""How the preview page looks: Telegram's own proportions and colours, light and dark.  (pure)"""

from __future__ import annotations

NARROW = 860
"""Pixels below which the page shows each screen once, in the colours the reader prefers."""

STYLE = (
    """
*{box-sizing:border-box;margin:0}
body{font:15px/1.38 -apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans","Liberation Sans",
Arial,"Noto Color Emoji",sans-serif;background:#eef1f4;color:#17212b;padding:28px 20px 60px;
-webkit-text-size-adjust:100%}
header.page{max-width:1640px;margin:0 auto 24px}
h1{font-size:24px;font-weight:650;letter-spacing:-.01em}
header.page p{color:#5c6b79;margin-top:4px;max-width:75ch}
main{max-width:1640px;margin:0 auto;columns:2 780px;column-gap:32px}
section{break-inside:avoid;padding-bottom:34px}
h2{font-size:15px;font-weight:600;margin:0 4px 10px}
.pair{display:flex;gap:16px;align-items:stretch}
.phone{--r:15px;flex:1 1 0;min-width:0;max-width:400px;border-radius:22px;overflow:hidden;
display:flex;flex-direction:column;min-height:300px;color:var(--ink);background:var(--paper);
box-shadow:0 0 0 1px rgba(0,0,0,.09),0 10px 28px rgba(20,35,50,.14)}
.light{--ink:#000;--dim:#7d8b97;--paper:#fff;--bar:#fff;--line:#dfe5ea;--in:#fff;--own:#e6fedc;
--own-dim:#5fae53;--link:#1077c3;--quote:#eef5fb;--quote-own:#d5f3c8;--bar-quote:#3390ec;
--key:rgba(74,103,74,.56);--key-ink:#fff;--primary:#3390ec;--success:#3fa34d;--danger:#df4a4f;
--ground:linear-gradient(155deg,#d7e3a6 0%,#a9cf9a 38%,#8fc0a0 68%,#bcd39a 100%);--code:#c0392b}
.dark{--ink:#f4f7f9;--dim:#7f91a3;--paper:#17212b;--bar:#17212b;--line:#0c131a;--in:#1e2a36;
--own:#2b5278;--own-dim:#8dbbe6;--link:#6ab7ff;--quote:#263748;--quote-own:#38618a;
--bar-quote:#5ea9ec;--key:rgba(56,76,97,.86);--key-ink:#e9f1f8;--primary:#2b7bd0;
--success:#3b8c50;--danger:#c5484d;
--ground:linear-gradient(155deg,#0d151d 0%,#12202b 45%,#0e1a22 100%);--code:#f0a58f}
.top{display:flex;align-items:center;gap:11px;padding:9px 14px;background:var(--bar);
border-bottom:1px solid var(--line)}
.back{color:var(--link);font-size:26px;line-height:1;margin-top:-4px}
.who{min-width:0}
.who b,.who small{display:block;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.who b{font-weight:600}
.who small{color:var(--dim);font-size:13px;line-height:1.25}
.face{flex:none;width:38px;height:38px;border-radius:50%;display:grid;place-items:center;
color:#fff;font-weight:600;font-size:15px}
.top .square{border-radius:12px}
.row .face{width:32px;height:32px;font-size:13px;align-self:flex-end}
.c0{background:#e17076}.c1{background:#7bc862}.c2{background:#65aadd}.c3{background:#a695e7}
.c4{background:#ee7aae}.c5{background:#6ec9cb}.c6{background:#faa774}
.n0{color:#d45246}.n1{color:#46ba43}.n2{color:#2f8fd8}.n3{color:#9a7fe8}.n4{color:#d8619b}
.n5{color:#23a3a6}.n6{color:#df8631}
.talk{flex:1;display:flex;flex-direction:column;justify-content:flex-end;gap:7px;
padding:12px 9px 14px;min-height:90px;background:var(--ground)}
.row{display:flex;gap:7px;max-width:94%}
.row.mine{align-self:flex-end;max-width:84%}
.stack{min-width:0;display:flex;flex-direction:column;gap:4px}
.mine .stack{align-items:flex-end}
.bubble{position:relative;background:var(--in);border-radius:var(--r);padding:6px 11px 7px;
box-shadow:0 1px 1px rgba(0,0,0,.11);border-bottom-left-radius:5px;overflow:hidden}
.mine .bubble{background:var(--own);border-radius:var(--r);border-bottom-right-radius:5px}
.text{white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:plaintext}
.name{font-weight:600;font-size:14px;margin-bottom:1px}
.foot{float:right;margin:7px 0 -3px 12px;font-size:11.5px;line-height:1.3;color:var(--dim);
user-select:none}
.mine .foot{color:var(--own-dim)}
.link,.link:visited{color:var(--link);text-decoration:none}
a.link:hover{text-decoration:underline}
time{border-bottom:1px dotted var(--dim)}
.quote{position:relative;display:block;background:var(--quote);border-left:3px solid
var(--bar-quote);border-radius:6px;padding:5px 22px 6px 9px;margin:4px 0;font-size:14px}
.quote::after{content:"❞";position:absolute;right:7px;top:1px;font-size:13px;
color:var(--bar-quote)}
summary{list-style:none;cursor:pointer}
summary::-webkit-details-marker{display:none}
details:not([open])>summary>.folded{display:-webkit-box;-webkit-box-orient:vertical;
-webkit-line-clamp:3;overflow:hidden}
details.quote>summary::after{content:"⌄";position:absolute;right:8px;bottom:5px;font-size:15px;
line-height:1;color:var(--bar-quote)}
details[open].quote>summary::after{content:"⌃";bottom:0}
.reply{display:block;background:var(--quote);border-left:3px solid var(--bar-quote);
border-radius:6px;padding:3px 9px 4px;margin:2px 0 5px;font-size:13.5px;line-height:1.3}
.mine .reply{background:var(--quote-own)}
.reply b{display:block;color:var(--bar-quote);font-weight:600}
.mine .reply b{color:var(--own-dim)}
.reply span{display:block;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.spoiler{background:var(--dim);color:transparent;border-radius:4px}
.spoiler *{visibility:hidden}
.spoiler:hover,.spoiler:focus{background:none;color:inherit}
.spoiler:hover *,.spoiler:focus *{visibility:visible}
code{font:13px/1.4 "SFMono-Regular",Consolas,"Liberation Mono",monospace;color:var(--code)}
code.block{display:block;background:var(--quote);border-radius:6px;padding:6px 9px;
white-space:pre-wrap}
.seen{display:inline-block;background:var(--quote-own);border-radius:12px;padding:1px 8px;
margin-top:5px;font-size:14px}
.keys{display:grid;gap:4px}
.keys div{display:grid;gap:4px;grid-auto-flow:column;grid-auto-columns:minmax(0,1fr)}
.key{position:relative;background:var(--key);color:var(--key-ink);border-radius:9px;
padding:8px 10px;min-height:36px;text-align:center;font-size:14px;font-weight:500;line-height:1.3;
overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.key.primary{background:var(--primary);color:#fff}
.key.success{background:var(--success);color:#fff}
.key.danger{background:var(--danger);color:#fff}
.key.url::after,.key.copy::after{position:absolute;right:5px;top:1px;font-size:10px;opacity:.85}
.key.url::after{content:"↗"}
.key.copy::after{content:"⧉"}
.day{align-self:center;background:var(--key);color:var(--key-ink);border-radius:12px;
padding:2px 10px;font-size:13px;font-weight:500}
.offers{background:var(--paper);border-top:1px solid var(--line)}
.offer{display:flex;gap:11px;padding:8px 14px;border-bottom:1px solid var(--line)}
.offer .face{border-radius:8px;width:42px;height:42px}
.offer b{display:block;font-weight:600;font-size:14px;line-height:1.3}
.offer p{color:var(--dim);font-size:13.5px;line-height:1.32;display:-webkit-box;
-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden;overflow-wrap:anywhere}
.typing{display:flex;align-items:center;gap:10px;background:var(--bar);padding:9px 14px;
border-top:1px solid var(--line);color:var(--dim)}
.typing span{flex:1;min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.typing .typed{color:var(--ink)}
"""
    f"@media (max-width:{NARROW - 1}px){{"
    """
body{padding:16px 8px 40px}
.pair{justify-content:center}
.phone{max-width:460px}
.dark{display:none}
h1,header.page p{margin-left:6px}
}
"""
    f"@media (max-width:{NARROW - 1}px) and (prefers-color-scheme:dark){{"
    """
.light{display:none}
.dark{display:flex}
}
@media (prefers-color-scheme:dark){
body{background:#0a1016;color:#e8eef3}
header.page p{color:#8798a8}
}
"""
)
