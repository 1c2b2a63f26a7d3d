package hubtest

import (
	"os"

	"github.com/chromedp/cdproto/emulation"
)

// Barriers gives what keeps people with a disability from using the page, as axe-core finds it: the rule, and
// where it is broken. The program is no part of this tree: the environment names its file as AXE (`make
// screenshots AXE=…/axe.min.js`), and without one nothing is looked for. It works where the page's scripts
// are switched off, too.
func (c *Chromium) Barriers() []string {
	c.t.Helper()
	file := os.Getenv("AXE")
	if file == "" {
		return nil
	}
	axe, err := os.ReadFile(file)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.quiet { // the page has its scripts behind it: only ours run from here
		c.do("switch JavaScript on", call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{}))
		defer c.do("switch JavaScript off", call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	}
	Look[bool](c, string(axe)+"; true")
	Look[bool](c, `axe.run(document, {resultTypes: ["violations"]}).then(
		r => { window.barriers = r.violations.map(v => v.id + " at " + v.nodes.map(n => n.target.join(" ")).join(", ")) },
		e => { window.barriers = ["axe: " + e.message] }) && true`)
	c.Until("what axe finds", "!!window.barriers")
	return Look[[]string](c, "window.barriers")
}

// Faults looks at the page as it is drawn and names what keeps somebody from using it. What has no place on the screen
// is left out.
func (c *Chromium) Faults() []string {
	c.t.Helper()
	return append(Look[[]string](c, faults), c.Covered()...)
}

// Covered names what cannot be clicked with a mouse where it stands on the screen, because something else lies over it.
func (c *Chromium) Covered() []string {
	c.t.Helper()
	return Look[[]string](c, covered)
}

const covered = `(() => {
	const wrong = [];
	for (const e of document.querySelectorAll("a[href],button:enabled,input:enabled:not([type=hidden]),select:enabled,textarea:enabled,summary")) {
		const line = e.checkVisibility() && !e.closest(".unseen") && e.getClientRects()[0];
		if (!line) continue;
		const x = (line.left + line.right) / 2, y = (line.top + line.bottom) / 2;
		if (x < 0 || y < 0 || x >= document.documentElement.clientWidth || y >= document.documentElement.clientHeight) continue;
		const over = document.elementFromPoint(x, y), of = over && over.closest("label");
		if (over && !e.contains(over) && !(of && of.control === e)) wrong.push("something lies over it: " + e.outerHTML.replace(/\s+/g, " ").slice(0, 90));
	}
	return wrong;
})()`

const faults = `(() => {
	const all = s => [...document.querySelectorAll(s)], wrong = [], wide = document.documentElement.clientWidth;
	const name = e => e.outerHTML.replace(/\s+/g, " ").slice(0, 90);
	const check = (ok, what, e) => { if (!ok) wrong.push(what + (e ? ": " + name(e) : "")); };
	const drawn = e => e.getClientRects().length > 0 && e.checkVisibility() && !e.closest(".unseen");
	check(document.documentElement.scrollWidth <= wide, "it scrolls sideways");
	check(all("h1").length === 1 && all("h1")[0].innerText.trim(), "it has not one heading");
	check(all("main").length === 1, "it has not one main part");
	check(document.title.trim(), "it has no title");
	let last = 1;
	for (const h of all("h1,h2,h3").filter(drawn)) { check(+h.tagName[1] <= last + 1, "a heading skips a level", h); last = +h.tagName[1]; }
	const ids = all("[id]").map(e => e.id);
	for (const id of ids) check(ids.indexOf(id) === ids.lastIndexOf(id), "two elements have the id " + id);
	for (const e of all("input:not([type=hidden]),select,textarea")) check([...e.labels].some(l => l.textContent.trim()) || e.ariaLabel, "a field has no label", e);
	for (const e of all("a,button,summary").filter(drawn)) check(e.innerText.trim(), "nothing says what it does", e);
	for (const e of all("img")) check(e.hasAttribute("alt"), "a picture has no text", e);
	for (const e of all("[aria-labelledby],[aria-describedby]"))
		for (const id of (e.getAttribute("aria-labelledby") || e.getAttribute("aria-describedby")).split(" ")) check(ids.includes(id), "it points to nothing", e);
	for (const e of all("button,.button,input[type=checkbox]").filter(drawn)) { // WCAG 2.2 §2.5.8
		const r = e.getBoundingClientRect();
		check(e.classList.contains("link") || r.width >= 24 && r.height >= 24, "it is too small to hit", e);
	}
	for (const e of all("body *:not(.skip)").filter(drawn)) {
		const r = e.getBoundingClientRect();
		check(r.left >= -0.5 && r.right <= wide + 0.5, "it sticks out", e);
		check(e.scrollWidth <= e.clientWidth + 1 || getComputedStyle(e).display === "inline", "its content sticks out", e);
	}
	return wrong;
})()`
