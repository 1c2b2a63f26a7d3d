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
