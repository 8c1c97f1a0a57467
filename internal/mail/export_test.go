package mail

// Servers starts Debian's mail servers over one folder: a relay that wants TLS
// and a password, and the mailbox behind it, once by STARTTLS and once by TLS.
var Servers = servers

// Dial is a Dialer without a house around it.
var Dial Dialer = dialer

// Reaches returns what a relay says to a mail.
var Reaches = reaches
