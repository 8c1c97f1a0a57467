package retain_test

import "kept/internal/store/event"

type eventRow = event.Row
