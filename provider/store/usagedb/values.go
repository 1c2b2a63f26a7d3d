package usagedb

import "time"

// micro writes a time as a column holds it; the zero time is 0.
func micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicro(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// blob writes bytes as a column holds them; none are NULL.
func blob(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}

// id writes an id as a column holds it; the zero id is NULL.
func id[T ~[16]byte](id T) any {
	if id == (T{}) {
		return nil
	}
	return idBytes(id)
}

func idBytes[T ~[16]byte](id T) []byte { b := [16]byte(id); return b[:] }

// fixed copies bytes of a column into an array; a NULL leaves it zero.
func fixed(into, from []byte) { copy(into, from) }
