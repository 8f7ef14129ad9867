//go:build !linux

package app

// machineMemory is the memory of this machine in bytes; 0 when not known: the
// store then takes its own default.
func machineMemory() int64 { return 0 }
