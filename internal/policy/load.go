package policy

// usualLoad is what a browser tells every host that it loads something from.
var usualLoad = []string{"ip_address", "time", "page", "browser", "os", "language"}
