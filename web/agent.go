package web

import "strings"

// browserOf names the family of a browser by its User-Agent (RFC 9110 §10.1.5), one of enrolment.Browsers. Nothing
// else of that is kept anywhere: it would tell phones apart.
func browserOf(agent string) string {
	for _, family := range []struct{ mark, code string }{
		{"Firefox/", "firefox"}, {"FxiOS/", "firefox"}, {"Chrome/", "chromium"}, {"Chromium/", "chromium"}, {"CriOS/", "chromium"}, {"EdgiOS/", "chromium"}, {"Safari/", "safari"},
	} {
		if strings.Contains(agent, family.mark) {
			return family.code
		}
	}
	return "other"
}
