package enrolment

import (
	"strings"
	"testing"
)

// Attacks OT-15 (ASVS 6.5.3, 6.5.4): every character of every code is as likely as the next.
func TestAttack_OT_15_CodesAreUniform(t *testing.T) {
	const draws = 20_000
	counts := map[rune]int{}
	numbers := map[rune]int{}
	seen := map[string]bool{}
	for range draws {
		v := draw(AtHome)
		code := plainCode(v.Code)
		if len(code) != codeLength || seen[v.Token] || len(v.Token) != 22 {
			t.Fatal("a code of another length, or a token twice")
		}
		seen[v.Token] = true
		for _, c := range code {
			counts[c]++
		}
		for _, d := range v.Second + digits(3) {
			numbers[d]++
		}
	}
	chi := func(counts map[rune]int, cells, total int) (sum float64) {
		want := float64(total) / float64(cells)
		for _, n := range counts {
			sum += (float64(n) - want) * (float64(n) - want) / want
		}
		return sum
	}
	// One run in ten million of a fair source lies above these (χ² with 31 and 9 degrees of freedom).
	if got := chi(counts, 32, draws*codeLength); len(counts) != 32 || got > 100 {
		t.Errorf("%d characters, χ² = %.1f", len(counts), got)
	}
	if got := chi(numbers, 10, draws*11); len(numbers) != 10 || got > 55 {
		t.Errorf("%d digits, χ² = %.1f", len(numbers), got)
	}
}

// Attacks OT-17 (Devise CVE-2019-16109): what is no code is none, however it is written.
func TestAttack_OT_17_WhatIsNoCode(t *testing.T) {
	good := drawCode()
	if code, ok := ParseCode(" " + strings.ToLower(good[:3]) + " " + good[3:] + " "); !ok || code != plainCode(good) {
		t.Error("a code with spaces and small letters is refused")
	}
	for name, text := range map[string]string{
		"nothing": "", "null": "\x00", "zeros": "00000-00000-1", "too short": good[:10], "too long": good + "0", "a megabyte": strings.Repeat("0", 1<<20),
		"other digits": strings.Repeat("٣", 11), "a letter that is none of ours": "U" + good[1:], "wrong check": good[:len(good)-1] + string(crockford[(checksum(plainCode(good))+1)%37]),
	} {
		if _, ok := ParseCode(text); ok {
			t.Errorf("%s is taken for a code", name)
		}
	}
	for name, text := range map[string]string{"nothing": "", "null": "\x00\x00\x00", "letters": "abc", "four": "1234", "minus": "-12", "full width": "１２３", "a megabyte": strings.Repeat("1", 1<<20)} {
		if _, ok := onlyDigits(text, 3); ok {
			t.Errorf("%s is taken for three digits", name)
		}
	}
	if got, ok := onlyDigits("٤٠٧", 3); !ok || got != "407" {
		t.Errorf("an Arabic keyboard's digits read as %q", got)
	}
	for name, text := range map[string]string{"no version": draw(AtDesk).Token, "another version": "2." + draw(AtDesk).Token, "short": "1.AAAA", "padded": draw(AtDesk).Fragment() + "=="} {
		if _, ok := ParseFragment(text); ok {
			t.Errorf("%s is taken for what a QR code holds", name)
		}
	}
}

// A slip of one character, or two neighbours swapped, is noticed by the check and costs no try.
func TestTheCheckFindsSlips(t *testing.T) {
	for range 200 {
		shown := drawCode()
		code := []byte(plainCode(shown))
		check := shown[len(shown)-1:]
		for i := range code {
			slip := append([]byte{}, code...)
			slip[i] = crockford[(strings.IndexByte(crockford, code[i])+7)%32]
			if _, ok := ParseCode(string(slip) + check); ok {
				t.Fatalf("character %d of a code may be another", i)
			}
			if i > 0 && code[i] != code[i-1] {
				swapped := append([]byte{}, code...)
				swapped[i], swapped[i-1] = swapped[i-1], swapped[i]
				if _, ok := ParseCode(string(swapped) + check); ok {
					t.Fatalf("characters %d and %d of a code may be swapped", i-1, i)
				}
			}
		}
	}
}
