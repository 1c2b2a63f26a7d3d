package citizen

// News says that an office added a way to log in: nothing of where, by whom or which, as in every notice.
type News struct {
	Day  string // in words
	Mark string // by which a browser remembers that it told of it
	Stop string // address where it is stopped
}
