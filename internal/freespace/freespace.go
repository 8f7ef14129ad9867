// Package freespace tells how much of a disk is free: the journal and the store
// stop writing while there is less than their floors.
package freespace
