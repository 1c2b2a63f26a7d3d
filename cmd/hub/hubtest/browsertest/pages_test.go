package browsertest

import (
	"testing"

	"symbolon/cmd/hub/hubtest"
)

// faults looks at the page as it is drawn and names what keeps somebody from using it. What has no
// place on the screen is left out.
const faults = `(() => {
	const all = s => [...document.querySelectorAll(s)], wrong = [], wide = document.documentElement.clientWidth;
	const name = e => e.outerHTML.replace(/\s+/g, " ").slice(0, 90);
	const check = (ok, what, e) => { if (!ok) wrong.push(what + (e ? ": " + name(e) : "")); };
	const drawn = e => e.getClientRects().length > 0;
	check(document.documentElement.scrollWidth <= wide, "it scrolls sideways");
	check(all("h1").length === 1 && all("h1")[0].innerText.trim(), "it has not one heading");
	check(all("main").length === 1, "it has not one main part");
	check(document.title.trim(), "it has no title");
	let last = 1;
	for (const h of all("h1,h2,h3").filter(drawn)) { check(+h.tagName[1] <= last + 1, "a heading skips a level", h); last = +h.tagName[1]; }
	const ids = all("[id]").map(e => e.id);
	for (const id of ids) check(ids.indexOf(id) === ids.lastIndexOf(id), "two elements have the id " + id);
	for (const e of all("input:not([type=hidden]),select,textarea")) check([...e.labels].some(l => l.innerText.trim()) || e.ariaLabel, "a field has no label", e);
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

// TestPagesFit holds every page to what anybody needs, in the languages of the longest words and of the other
// direction: on a narrow phone, which is also a desktop window at 400 % (WCAG 2.2 §1.4.10), with letters twice as
// large (§1.4.4), and wide.
func TestPagesFit(t *testing.T) {
	walk(t, []string{"pl", "ar", "hu"}, func(t *testing.T, p *person, page string) {
		look := func(how string) {
			for _, fault := range hubtest.Look[[]string](p.Chromium, faults) {
				t.Errorf("%s, %s: %s", page, how, fault)
			}
		}
		p.Size(320, 256)
		look("narrow")
		p.Size(1280, 900)
		look("wide")
		if !ours(page) {
			return
		}
		if lang, dir := p.Attribute("html", "lang"), p.Attribute("html", "dir"); lang != p.words.Code || dir != string(p.words.Dir) {
			t.Errorf("%s is in %q %q", page, lang, dir)
		}
		hubtest.Look[string](p.Chromium, `document.documentElement.style.fontSize = "200%"`)
		look("with large letters")
		hubtest.Look[string](p.Chromium, `document.documentElement.style.fontSize = ""`)
	})
}
