/// How pages look.
///
/// The colours of lines and bars are Okabe's and Ito's, which people with any kind of colour vision tell apart; in the
/// dark they are lighter.
enum StyleSheet {
    static let text = colours + layout + tables + charts + pictures + print

    private static let colours = """
        :root{color-scheme:light dark;
        --page:#fff;--card:#f6f7f9;--text:#1b1f24;--muted:#59626d;--rule:#d9dde3;--link:#0b5cad;
        --c1:#0072b2;--c2:#c4500a;--c3:#007a5a;--c4:#9a6a00;--c5:#a3488a;--c6:#3d7fb0;--warn:#fff4d6;--warn-rule:#d9a300;
        --h0:#cdd8e6;--h1:#a3bedb;--h2:#709fcc;--h3:#3f7fb9;--h4:#175f9c;--h5:#083d73}
        @media screen and (prefers-color-scheme:dark){:root{
        --page:#14171b;--card:#1e2329;--text:#e6e9ed;--muted:#a0a9b4;--rule:#353c45;--link:#7ab8f5;
        --c1:#56b4e9;--c2:#f08a4b;--c3:#35c79a;--c4:#e6b740;--c5:#dd8fc0;--c6:#9cc7ea;--warn:#3a3013;--warn-rule:#b8901f;
        --h0:#2d3946;--h1:#3d566f;--h2:#4f7699;--h3:#659cc6;--h4:#8bc1ea;--h5:#cbe6fc}}
        .s1{--c:var(--c1)}.s2{--c:var(--c2)}.s3{--c:var(--c3)}.s4{--c:var(--c4)}.s5{--c:var(--c5)}.s6{--c:var(--c6)}

        """

    private static let layout = """
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%}
        body{margin:0 auto;max-width:1120px;padding:28px 24px 40px;background:var(--page);color:var(--text);
        font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","DejaVu Sans",Arial,sans-serif}
        h1{font-size:27px;line-height:1.2;margin:0;letter-spacing:-.01em;overflow-wrap:anywhere}
        h2{font-size:19px;line-height:1.3;margin:0 0 12px}
        h3{font-size:15px;margin:20px 0 8px}
        p{margin:0 0 12px;max-width:74ch;overflow-wrap:anywhere}
        a{color:var(--link)}
        .subtitle{color:var(--muted);margin:6px 0 0}
        .muted{color:var(--muted)}
        nav{display:flex;flex-wrap:wrap;gap:4px 18px;margin:16px 0 0;padding:10px 0;border-top:1px solid var(--rule);
        border-bottom:1px solid var(--rule);font-size:14px}
        nav a{text-decoration:none}nav a:hover{text-decoration:underline}
        main>.tiles{margin-top:22px}
        section{margin-top:40px}
        footer{margin-top:48px;padding-top:12px;border-top:1px solid var(--rule);color:var(--muted);font-size:13px;
        overflow-wrap:anywhere}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(128px,1fr));gap:12px;margin:0 0 16px}
        .tile{background:var(--card);border-radius:8px;padding:12px 14px;min-width:0}
        .tile dt{color:var(--muted);font-size:13px}
        .tile dd{margin:2px 0 0;font-size:23px;font-weight:600;line-height:1.25;font-variant-numeric:tabular-nums;
        overflow-wrap:anywhere}
        .tile small{display:block;font-size:13px;font-weight:400;color:var(--muted);line-height:1.35}
        .facts{margin:0 0 12px}
        .facts>div{display:grid;grid-template-columns:minmax(130px,200px) minmax(0,1fr);gap:12px;padding:5px 0;
        border-bottom:1px solid var(--rule)}
        .facts dt{color:var(--muted);overflow-wrap:anywhere}
        .facts dd{margin:0;overflow-wrap:anywhere}
        pre{background:var(--card);border-radius:8px;padding:12px 14px;margin:0 0 14px;overflow-x:auto;font-size:13px;
        line-height:1.5;max-width:100%}
        code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.92em}
        pre code{font-size:inherit}
        details{margin:10px 0}
        summary{cursor:pointer;color:var(--link)}
        details[open]>summary{margin-bottom:10px}
        .warning{background:var(--warn);border-left:4px solid var(--warn-rule);border-radius:4px;padding:8px 12px;
        max-width:none}

        """

    private static let tables = """
        .scroll{overflow-x:auto;max-width:100%;margin:0 0 14px}
        .tall{max-height:600px;width:fit-content;overflow-y:auto;border:1px solid var(--rule);border-radius:8px}
        table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums}
        th,td{padding:5px 14px 5px 0;text-align:left;border-bottom:1px solid var(--rule);vertical-align:middle}
        .tall th,.tall td{padding-left:12px}
        th{font-weight:600;color:var(--muted);font-size:13px;white-space:nowrap}
        .tall th{position:sticky;top:0;background:var(--page)}
        .n{text-align:right;white-space:nowrap}
        td.t{min-width:90px;max-width:340px;overflow-wrap:anywhere}td.t:last-child{min-width:150px}
        td.c{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:13px;
        white-space:nowrap}
        .meter{position:relative;display:inline-block;width:112px;height:21px;text-align:left;vertical-align:middle}
        .meter-bar{position:absolute;left:0;bottom:0;height:3px;border-radius:2px;background:var(--c)}
        .meter-text{position:absolute;left:0;top:-2px;white-space:nowrap}
        .bars{display:grid;grid-template-columns:fit-content(45%) minmax(0,1fr);gap:5px 12px;align-items:center;
        max-width:820px;margin:0 0 14px}
        .bar-row{display:contents}
        .bars .legend{grid-column:1/-1}
        .bar-name{overflow-wrap:anywhere;text-align:right;font-size:14px;line-height:1.25}
        .bar{display:flex;align-items:center;gap:7px;height:17px;font-size:13px;font-variant-numeric:tabular-nums}
        .bar-fill{height:12px;border-radius:2px;background:var(--c);min-width:2px;flex:none}
        .bar-label{color:var(--muted);white-space:nowrap}
        .beside{display:flex;flex-wrap:wrap;gap:8px 48px;align-items:flex-start}
        .beside>*{min-width:0}
        .beside h3:first-child{margin-top:4px}
        .legend{font-size:13px;color:var(--muted);margin:0 0 6px}
        .key{display:inline-block;width:11px;height:11px;border-radius:2px;background:var(--c);margin:0 5px 0 0;
        vertical-align:-1px}
        .key:not(:first-child){margin-left:12px}
        .ramp{display:inline-block;width:84px;height:11px;border-radius:2px;margin:0 6px;vertical-align:-1px;
        background:linear-gradient(90deg,var(--h0),var(--h1),var(--h2),var(--h3),var(--h4),var(--h5))}
        .heat{background:linear-gradient(90deg,#240068,#52017f,#860285,#b61d78,#e03c61,#fe6542,#ff9e53,#ffcc79,#fff4b1)}

        """

    private static let charts = """
        figure{margin:0}
        .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(300px,100%),1fr));gap:24px 28px;
        margin:0 0 14px}
        .plot{min-width:0;max-width:480px}
        .plot figcaption{font-size:14px;line-height:1.35;margin-bottom:4px}
        svg.chart{display:block;width:100%;height:auto}
        svg text{font:11px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",Arial,sans-serif;fill:var(--text);
        font-variant-numeric:tabular-nums}
        svg .tick{fill:var(--muted)}
        svg .tiny{font-size:9px}
        svg .name{fill:var(--c);font-weight:600}
        svg .count{fill:#000}svg .count.l{fill:#fff}
        @media screen and (prefers-color-scheme:dark){svg .count{fill:#fff}svg .count.d{fill:#000}}
        .grid{stroke:var(--rule);stroke-width:1;fill:none}
        .axis{stroke:var(--muted);stroke-width:1}
        .mark{stroke:var(--muted);stroke-width:1;stroke-dasharray:2 3}
        .ideal{stroke:var(--text);stroke-width:1.2;stroke-dasharray:5 4}
        .line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
        .dashed{stroke-dasharray:5 4}
        .thread{fill:none;stroke-width:1.2;stroke-linejoin:round;stroke-opacity:.85}
        .thread:hover{stroke:var(--c3);stroke-width:3;stroke-opacity:1}
        .h0{stroke:var(--h0)}.h1{stroke:var(--h1)}.h2{stroke:var(--h2)}.h3{stroke:var(--h3)}.h4{stroke:var(--h4)}
        .h5{stroke:var(--h5)}
        .best{stroke:var(--c2);stroke-width:2.6;stroke-opacity:1}
        svg .heading{font-weight:600}
        svg .halo{fill:var(--text);paint-order:stroke;stroke:var(--page);stroke-width:3.5px;stroke-linejoin:round}
        .dot,.column{fill:var(--c)}
        .field{fill:var(--card)}
        .right{fill:var(--c1)}.wrong{fill:var(--c2)}
        .spark{display:block}

        """

    private static let pictures = """
        .gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(144px,1fr));gap:18px 14px;margin:0 0 14px}
        .shot{min-width:0;font-size:13px;line-height:1.4}
        .shot img,.absent{display:block;width:100%;aspect-ratio:1;object-fit:contain;background:var(--card);
        border-radius:8px;margin-bottom:6px}
        .shot .pixels{image-rendering:pixelated}
        .absent{display:flex;align-items:center;justify-content:center;text-align:center;padding:12px;color:var(--muted);
        overflow-wrap:anywhere;overflow:hidden}
        .shot figcaption div{overflow-wrap:anywhere}
        .shot .file{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
        .shot b{font-weight:600}
        @media (max-width:520px){body{padding:20px 16px 32px}h1{font-size:22px}section{margin-top:32px}
        .tiles{grid-template-columns:repeat(2,minmax(0,1fr));gap:8px}.tile{padding:10px 12px}.tile dd{font-size:19px}
        .facts>div{grid-template-columns:minmax(0,1fr);gap:0}
        .gallery{grid-template-columns:repeat(2,minmax(0,1fr))}
        .meter{width:62px}th,td{padding-right:9px}}

        """

    private static let print = """
        @media print{pre{white-space:pre-wrap;overflow-wrap:anywhere}body{max-width:none;padding:0;font-size:11pt}nav{display:none}
        .tall{max-height:none;overflow:visible;border:0}.scroll{overflow:visible}
        section,figure,tr,.bar-row,.tile{break-inside:avoid}section{margin-top:24px}
        *{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
        """
}
