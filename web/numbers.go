package web

import "slices"

// ErrorRow is one thing that can go wrong before somebody's eyes. Its number is what they read out to whoever helps
// them: it says the same in every language and is never given to anything else.
type ErrorRow struct {
	Number  string // "SYM-" and four digits
	Code    string // of the log and of programs
	Title   string // key of what the person reads
	Support string // what it is and what to do, for who helps them
}

// Errors is the catalogue of errors, by number: 10 of addresses and requests, 11 of logins, 12 of who is not let in,
// 13 of the desk, 14 of the phone, 15 of services, 19 of this installation.
func Errors() []ErrorRow {
	return slices.Concat(requestErrors(), loginErrors(), staffErrors())
}

// numberOf gives the number of a code. What is in no row is a code of the protocol's: the service's mistake.
func numberOf(code string) string {
	all := Errors()
	i := slices.IndexFunc(all, func(r ErrorRow) bool { return r.Code == code })
	if i < 0 {
		return "SYM-1501"
	}
	return all[i].Number
}

func requestErrors() []ErrorRow {
	return []ErrorRow{
		{"SYM-1001", "not_found", "error.not_found.title", "There is no page at that address. Ask where the link came from; start again at the service."},
		{"SYM-1002", "unknown_host", "error.unknown_host.title", "The browser used a host name that is not ours. Look at DNS and the proxy if several people report it; else a false address."},
		{"SYM-1003", "method_not_allowed", "error.method_not_allowed.title", "A program or an old page called the address wrongly. Start again at the service."},
		{"SYM-1004", "too_large", "error.too_large.title", "The request was longer than anything of ours. If one service causes it, tell its developers the reference."},
		{"SYM-1005", "cross_site", "error.cross_site.title", "A page of another site sent a form here. If people were not aware of one, it was an attack: keep the reference and tell the security officer."},
		{"SYM-1006", "form_refused", "error.form_refused.title", "The form was of another login, or changed on its way. Load the page again; look for browser extensions if it comes back."},
		{"SYM-1007", "too_many_requests", "error.too_many_requests.title", "More came from their network in a while than limits.requests allows: wait until the time that the page says. If an office or many people report it, the operator raises the limit; else somebody floods us."},
		{"SYM-1501", "invalid_request", "error.invalid_request.title", "The service asked in a way that is not allowed. The log line \"request failed\" says why under the reference; its developers must mend it."},
		{"SYM-1502", "unknown_party", "error.unknown_party.title", "The service is not registered, or switched off: symbolon party show ID. If it should be on, tell the operator."},
		{"SYM-1901", "unavailable", "error.unavailable.title", "A database or the machine does not answer. Look at /ready; nothing is lost. Have people wait and load the page again."},
		{"SYM-1902", "server_error", "error.server_error.title", "Our own fault. The log line \"request failed\" has the cause under the reference: pass it to the operator."},
	}
}

func loginErrors() []ErrorRow {
	return []ErrorRow{
		{"SYM-1101", "login_expired", "error.login_expired.title", "The login was finished or is older than it may be. Start again at the service."},
		{"SYM-1102", "other_browser", "error.other_browser.title", "The login began in another browser, or cookies are off. A link to it that somebody sent is a trick: do not use it."},
		{"SYM-1103", "answer_unexpected", "error.answer_unexpected.title", "The means answered twice or too late. Start again; if it stays so with one means, look at symbolon doctor."},
		{"SYM-1104", "changed_meanwhile", "error.changed_meanwhile.title", "Two tabs, or what would be told changed. Nothing was told: load the page again."},
		{"SYM-1105", "means_not_offered", "error.means_not_offered.title", "The service does not accept that means, it is too weak, or switched off. Choose another one."},
		{"SYM-1106", "level_unreachable", "nothing.title", "No means here reaches the level that the service wants. An office can give a stronger one."},
		{"SYM-1107", "means_failed", "choose.failed", "The login at the means did not succeed, or was broken off. Try again or choose another one; symbolon doctor says whether it is down."},
		{"SYM-1108", "sign_in", "door.again", "Nobody is logged in there, or not freshly or surely enough. Log in again."},
		{"SYM-1109", "key_stopped", "means.failed.key_stopped", "The phone or key was suspended, lost or replaced. Another way to log in works; an office says by whom it was stopped, and lets it work again or gives a new one."},
		{"SYM-1110", "key_unknown", "means.failed.key_unknown", "The phone or key was never enrolled here, or did not prove that it was. They try another one of theirs; an office gives a new one."},
		{"SYM-1201", "deceased", "stopped.deceased.title", "The register says that this person has died. If they stand before you: an office corrects it at the register."},
		{"SYM-1202", "frozen", "stopped.frozen.title", "The person is kept out by an operator, or their document was reported. Do not say why on the telephone; an office looks into it."},
		{"SYM-1203", "conflict", "stopped.conflict.title", "What the means says contradicts what is known. A case was opened: its number stands on the page; symbolon review shows it."},
		{"SYM-1204", "unlinked", "stopped.unlinked.title", "The means names no number that it is trusted for. The person logs in by another way and ties it, or asks for somebody to look."},
		{"SYM-1205", "removed", "stopped.removed.title", "The person took this way off. They bring it back in the portal, logged in by another way."},
		{"SYM-1206", "closed", "stopped.closed.title", "The person lets no new ways in. They change it in the portal, under new ways to log in."},
		{"SYM-1207", "minor", "stopped.minor.title", "They are younger than logs in by themselves here. A guardian acts for them, where the service takes that."},
		{"SYM-1208", "not_registered", "stopped.not_registered.title", "The register does not know the number. An office helps; look at matching if many report it."},
		{"SYM-1209", "no_register", "stopped.no_register.title", "The register did not answer. Have people try later; symbolon doctor says whether it is reached."},
		{"SYM-1210", "office", "stopped.office.title", "The office that handed out what they logged in with is switched off. Another way works; the operator knows why."},
		{"SYM-1211", "document_lost", "stopped.document_lost.title", "The document was reported lost at its register. Found again, it is not good again: they apply for a new one."},
		{"SYM-1212", "document_stolen", "stopped.document_stolen.title", "The document was reported stolen. If its holder reported nothing, they go to an office and to the police."},
		{"SYM-1213", "document_suspended", "stopped.document_suspended.title", "The document is suspended at its register. Whoever suspended it takes that back there."},
		{"SYM-1214", "document_invalidated", "stopped.document_invalidated.title", "The register says that the document is not valid. An office says why, and makes a new one."},
		{"SYM-1215", "document_expired", "stopped.document_expired.title", "The document has expired. They log in by another way until they have a new one."},
		{"SYM-1216", "document_replaced", "stopped.document_replaced.title", "There is a newer document of the person's. They use that one."},
	}
}

func staffErrors() []ErrorRow {
	return []ErrorRow{
		{"SYM-1301", "not_staff", "error.not_staff.title", "Logged in, but named by no office. Their local administrator names them."},
		{"SYM-1302", "not_at_station", "error.not_at_station.title", "Their office lets nobody work from that network or computer. A local administrator looks at the station's settings."},
		{"SYM-1303", "computer", "desk.computer.title", "The computer has not proved which one it is. A local administrator registers it."},
		{"SYM-1304", "not_yours", "error.not_yours.title", "The act belongs to another role or office. Nothing was changed."},
		{"SYM-1305", "staff_locked", "error.staff_locked.title", "The account is locked: at a day's limit, or by somebody. Another person unlocks it."},
		{"SYM-1306", "which_office", "desk.office.title", "They work in several offices, and the page did not say for which. They begin at the desk's first page, at the station where they are."},
		{"SYM-1401", "phone_gone", "error.phone_gone.title", "The phone has no case under way: its code is too old, or cookies were deleted. The clerk gives a new code."},
		{"SYM-1402", "other_phone", "error.other_phone.title", "A step was not signed by the phone that redeemed the code. If there was no second phone, somebody copied a cookie: tell the security officer."},
		{"SYM-1403", "errand_over", "error.errand_over.title", "Adding a key took longer than five minutes, or went on in another browser. Begin again in the portal."},
	}
}
