// A round trip over two unbuffered channels: prints its nanoseconds, the mean of so many.
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

type message [8]uint64

func main() {
	turns, err := strconv.Atoi(os.Args[1])
	if err != nil {
		os.Exit(2)
	}
	ask, answer := make(chan message), make(chan message)
	go func() {
		for m := range ask {
			answer <- m
		}
	}()
	var m message
	before := time.Now()
	for i := 0; i < turns; i++ {
		m[0] = uint64(i)
		ask <- m
		if (<-answer)[0] != uint64(i) {
			os.Exit(1)
		}
	}
	fmt.Println(float64(time.Since(before).Nanoseconds()) / float64(turns))
}
