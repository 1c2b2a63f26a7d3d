package sim

import (
	"encoding/json"
	"fmt"
)

// Member is somebody who works at a desk, with the account by which they log in.
type Member struct {
	Person
	Role   string `json:"role"`
	Office string `json:"office"` // as people call it; "" for the whole installation
	Note   string `json:"note"`
}

// Staff gives the invented people who work at desks, in their order.
func Staff() ([]Member, error) {
	var file struct {
		Staff []Member `json:"staff"`
	}
	raw, err := files.ReadFile("people.json")
	if err != nil {
		return nil, fmt.Errorf("read people.json: %w", err)
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, fmt.Errorf("read people.json: %w", err)
	}
	return file.Staff, nil
}

// everybody is the people of the country and its staff, who are people, too.
func everybody(people []Person, staff []Member) []Person {
	all := append([]Person{}, people...)
	for _, m := range staff {
		m.WithKey = true
		all = append(all, m.Person)
	}
	return all
}
