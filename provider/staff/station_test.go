package staff

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"net/netip"
	"slices"
	"testing"
)

// Means.md §4.2: who may work from where, for each binding of an office.
func TestWhereAnOfficesPeopleMayWork(t *testing.T) {
	near, far := netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("192.0.2.1")
	one, two := [32]byte{1}, [32]byte{2}
	for _, c := range []struct {
		binding Binding
		from    netip.Addr
		key     [32]byte
		want    []string // positions
		clerk   bool
		boss    bool
	}{
		{Unbound, far, [32]byte{}, []string{"7", "8"}, true, true},
		{Network, near, [32]byte{}, []string{"7", "8"}, true, true},
		{Network, far, [32]byte{}, []string{"8"}, true, true},
		{"", far, [32]byte{}, []string{"8"}, true, true},
		{Key, far, [32]byte{}, nil, false, true},
		{Key, far, one, []string{"7"}, true, true},
		{Key, far, two, []string{"8"}, true, true},
		{Key, near, [32]byte{3}, nil, false, true}, // of another office
		{Both, far, one, nil, false, true},
		{Both, near, one, []string{"7"}, true, true},
		{Both, far, two, []string{"8"}, true, true},
		{Both, near, [32]byte{}, nil, false, true},
	} {
		p := Places{
			Offices: []Office{{ID: "a", Binding: c.binding}, {ID: "b", Binding: Key}},
			Stations: []Station{
				{ID: "7", Office: "a", Networks: []netip.Prefix{netip.MustParsePrefix("10.1.2.0/24")}}, {ID: "8", Office: "a"}, {ID: "7", Office: "b"},
			},
			Keys: []StationKey{{Office: "a", Station: "7", Thumb: one}, {Office: "a", Station: "8", Thumb: two}, {Office: "b", Station: "7", Thumb: [32]byte{3}}},
		}
		at := At{From: c.from}
		if c.key != ([32]byte{}) {
			at.Keys = append(at.Keys, c.key)
		}
		var got []string
		for _, s := range p.StationsAt("a", at) {
			got = append(got, s.ID)
		}
		clerk, boss := p.Admits(Member{Office: "a", Role: EnrolmentClerk}, at), p.Admits(Member{Office: "a", Role: LocalAdministrator}, at)
		if !slices.Equal(got, c.want) || clerk != c.clerk || boss != c.boss {
			t.Errorf("%q from %s with %x: positions %v, a clerk %t, an administrator %t", c.binding, c.from, c.key[:1], got, clerk, boss)
		}
		if !p.Admits(Member{Role: SecurityOfficer}, at) {
			t.Error("who belongs to no office works from everywhere")
		}
	}
}

// A computer proves itself by a signature over what was said, and by nothing that only looks like one.
func TestWhatAComputerSigned(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("prove\n1.x"))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	if thumb, is := Computer(point, "prove\n1.x", signature); !is || thumb != sha256.Sum256(point) {
		t.Error("its own signature")
	}
	off := slices.Clone(point)
	off[64] ^= 1
	for name, c := range map[string]struct {
		point []byte
		said  string
		sig   []byte
	}{
		"another text": {point, "register\n1.x", signature}, "another key": {off, "prove\n1.x", signature}, "no key": {nil, "prove\n1.x", signature},
		"half a signature": {point, "prove\n1.x", signature[:32]}, "none": {point, "prove\n1.x", nil}, "zeros": {point, "prove\n1.x", make([]byte, 64)},
		"a compressed key": {point[:33], "prove\n1.x", signature},
	} {
		if _, is := Computer(c.point, c.said, c.sig); is {
			t.Errorf("%s is taken", name)
		}
	}
}
