"""The look of a report's page."""

CSS = """
:root{--ink:#1b1b1f;--muted:#6a7077;--grid:#dcdfe4;--paper:#fff;--soft:#f4f6f9;--mark:#0072b2}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--muted:#9aa1a9;--grid:#3a3f46;--paper:#17191c;--soft:#22262b;
--mark:#56b4e9}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:62rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.7rem;line-height:1.2;margin:.2rem 0 1rem}
h2{font-size:1.2rem;margin:2.4rem 0 .6rem;padding-bottom:.25rem;border-bottom:1px solid var(--grid)}
p{margin:.6rem 0;max-width:52rem}
p.loud{font-size:1.12rem;font-weight:600;border-left:4px solid var(--mark);padding-left:.8rem}
nav{margin:1.4rem 0 0;color:var(--muted);font-size:.9rem}
nav a,a{color:var(--mark);text-decoration:none}
.wide{overflow-x:auto;margin:.8rem 0}
table{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums}
th,td{padding:.32rem .8rem .32rem 0;border-bottom:1px solid var(--grid);vertical-align:top}
th{color:var(--muted);font-weight:600;white-space:nowrap;text-align:left}
th.r,td.r{text-align:right;white-space:nowrap}
tr.strong td{font-weight:650;background:var(--soft)}
.bar{display:inline-block;width:9rem;height:.7rem;background:var(--soft);margin-right:.6rem;border-radius:2px;
vertical-align:baseline;text-align:left}
.bar i{display:block;height:100%;background:var(--mark);border-radius:2px}
figure{margin:1.2rem 0}
figure svg{display:block;width:100%;max-width:46rem;height:auto}
figcaption{color:var(--muted);font-size:.88rem;margin-top:.3rem}
pre{background:var(--soft);padding:.8rem 1rem;overflow-x:auto;border-radius:6px;font-size:.86rem;line-height:1.45}
summary{cursor:pointer;color:var(--mark)}
footer{margin-top:3rem;color:var(--muted);font-size:.85rem}
@media print{:root{--ink:#000;--muted:#444;--grid:#bbb;--paper:#fff;--soft:#f2f2f2;--mark:#0072b2}
main{max-width:none;padding:0}nav{display:none}body{font-size:10.5pt}figure,tr{break-inside:avoid}
.bar,.bar i,tr.strong td,pre{print-color-adjust:exact;-webkit-print-color-adjust:exact}
h2{break-after:avoid}pre{white-space:pre-wrap}.wide{overflow:visible}}
"""
