package enrolment

import (
	"testing"
	"time"

	"symbolon/connectors/identity"
)

// Means.md R-ENR-11: a clerk types what a document says on the keyboard that stands there, a date in either order.
func TestR_ENR_11_WhatAClerkReadsFromADocument(t *testing.T) {
	asked, err := identity.ParseIdentifier("PNOPL-90062190009")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for how, r := range map[string]Reading{
		"as a register writes it": {Birth: "1990-06-21", Number: "ABX120", Expires: "2031-01-02"},
		"the day first":           {Birth: "21.06.1990", Number: "abx 120", Expires: "2.1.2031"},
		"in Arabic digits":        {Birth: "٢١٠٦١٩٩٠", Number: "ABX-١٢٠", Expires: "٢٠٣١-٠١-٠٢"},
		"in Persian digits":       {Birth: "۱۹۹۰/۰۶/۲۱", Number: "ABX۱۲۰", Expires: "۲/۱/۲۰۳۱"},
	} {
		r.Given, r.Family, r.Type = "Mariam Salma", "Benchekroun-Echouay", "passport"
		s, err := r.snapshot(asked, now)
		if err != nil || s.Birth != "1990-06-21" || s.Documents[0].Number != "ABX120" || s.Documents[0].Expires != "2031-01-02" {
			t.Errorf("%s: %v, born %s, %+v", how, err, s.Birth, s.Documents)
		}
	}
}
