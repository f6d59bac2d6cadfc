// A round trip over two unbuffered channels of messages by value: prints its nanoseconds, the mean of
// so many.
//
//	channel BYTES TURNS
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

type message interface {
	[1]uint64 | [8]uint64 | [512]uint64
}

func trips[M message](turns int) {
	ask, answer := make(chan M), make(chan M)
	go func() {
		for m := range ask {
			answer <- m
		}
	}()
	var m M
	before := time.Now()
	for i := 0; i < turns; i++ {
		m[0] = uint64(i)
		ask <- m
		if got := <-answer; got[0] != uint64(i) {
			os.Exit(1)
		}
	}
	fmt.Println(float64(time.Since(before).Nanoseconds()) / float64(turns))
}

func main() {
	if len(os.Args) != 3 {
		os.Exit(2)
	}
	turns, err := strconv.Atoi(os.Args[2])
	if err != nil {
		os.Exit(2)
	}
	switch os.Args[1] {
	case "8":
		trips[[1]uint64](turns)
	case "64":
		trips[[8]uint64](turns)
	case "4096":
		trips[[512]uint64](turns)
	default:
		os.Exit(2)
	}
}
