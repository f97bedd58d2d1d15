// The style sheet of the report page: two palettes, and nothing that is fetched.
#pragma once

#include <string_view>

namespace vedette::captures {

inline constexpr std::string_view kPageStyle = R"css(
:root{color-scheme:light dark;--ground:#f5f7f9;--card:#ffffff;--line:#dfe4e9;--text:#1b2733;
--quiet:#5c6b7a;--track:#e9edf1;--bar:#2f6fb3;--high:#b3261e;--medium:#a85b00;--low:#6b6200;
--info:#47617a}
@media (prefers-color-scheme:dark){:root{--ground:#10151a;--card:#171d24;--line:#2a333d;
--text:#e4eaf0;--quiet:#9aa8b5;--track:#252e38;--bar:#5aa0e6;--high:#ff8a80;--medium:#ffb870;
--low:#e3d36a;--info:#a9c3dc}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);
font:15px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1080px;margin:0 auto;padding:28px 20px 48px}
h1{font-size:24px;margin:0;overflow-wrap:anywhere}
h2{font-size:17px;margin:0 0 12px}
h3{font-size:13px;margin:18px 0 6px;color:var(--quiet);font-weight:600}
.sub{color:var(--quiet);margin:4px 0 20px}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;
padding:18px 20px;margin:0 0 16px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(130px,1fr));gap:12px;
margin:0 0 16px}
.tile{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 14px}
section .tile{background:var(--ground)}
.tile b{display:block;font-size:20px;font-weight:650;font-variant-numeric:tabular-nums}
.tile span{color:var(--quiet);font-size:13px}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(280px,1fr));gap:0 28px}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th{font-size:12px;color:var(--quiet);text-align:left;font-weight:600}
th,td{padding:4px 12px 4px 0;vertical-align:top}
tbody tr{border-top:1px solid var(--line)}
td.n,th.n{text-align:right;white-space:nowrap}
td.name{overflow-wrap:anywhere}
td.bar{width:34%;min-width:110px;vertical-align:middle}
.track{display:block;background:var(--track);border-radius:4px;height:14px}
.fill{display:block;background:var(--bar);border-radius:4px;height:14px;min-width:2px}
svg.line{display:block;width:100%;height:150px}
svg.line rect{fill:var(--bar)}
.axis{display:flex;justify-content:space-between;color:var(--quiet);font-size:13px}
.finding{border-left:4px solid var(--info);padding:2px 0 2px 14px;margin:0 0 14px}
.finding p{margin:2px 0;overflow-wrap:anywhere}
.high{border-color:var(--high)}.medium{border-color:var(--medium)}.low{border-color:var(--low)}
.tag{font-size:12px;font-weight:650;text-transform:uppercase;letter-spacing:.04em}
.tag.high{color:var(--high)}.tag.medium{color:var(--medium)}.tag.low{color:var(--low)}
.tag.info{color:var(--info)}
.quiet{color:var(--quiet)}
@media print{body{background:#fff}section,.tile{break-inside:avoid}}
)css";

}  // namespace vedette::captures
