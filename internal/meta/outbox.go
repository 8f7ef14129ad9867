package meta

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"playhead/internal/fault"
)

// Bounds of what is to be sent and of its log.
const (
	maxQueued       = 1000 // notifications that wait for one channel
	maxQueuedTests  = 10   // of them tests
	maxAttempts     = 50   // that are kept of a notification
	maxAttemptError = 1024 // bytes of the error of an attempt

	// maxRest is how long what waits for a channel is put off at most when something
	// else was not delivered to it.
	maxRest = time.Minute
	// maxWait is more than there is between two attempts: what is to be sent later than
	// that was put off before the clock was set back.
	maxWait = 2 * time.Hour
)

// announce queues a notification of an event for each channel that is to be told
// of it: those that subscribe to such incidents now, or were told of its beginning.
// What has been queued before, in this transaction or another, is not again.
func (b *book) announce(i Incident, event Event) error {
	subscription := Anomalies
	if i.Rule != nil {
		subscription = Thresholds
	}
	channels, err := b.texts(`SELECT id FROM channels WHERE environment_id = $1 AND enabled AND (subscription IN ('all', $2) OR EXISTS (
		SELECT 1 FROM notifications n WHERE n.incident_id = $3 AND n.event = 'opened' AND n.channel_id = channels.id)) ORDER BY created_at, id`,
		i.EnvironmentID, subscription, i.ID)
	if err != nil || len(channels) == 0 {
		return err
	}
	document, err := i.encode()
	if err != nil {
		return err
	}
	for _, channel := range channels {
		n := Notification{EnvironmentID: i.EnvironmentID, ChannelID: channel, IncidentID: i.ID, Event: event}
		if err := b.queue(&n, string(document)); err != nil {
			return err
		}
	}
	return nil
}

// queue gives a notification its number and writes it; those that wait longest
// make way when there are too many.
func (b *book) queue(n *Notification, document string) error {
	id, err := b.number()
	if err != nil {
		return err
	}
	n.ID, n.State, n.QueuedAt, n.NextAttempt = id, Queued, b.now, b.now
	at := b.now.UnixMilli()
	_, err = b.tx.ExecContext(b.ctx, `INSERT INTO notifications
		(id, environment_id, channel_id, incident_id, event, document, state, attempts, queued_at, next_attempt)
		VALUES ($1, $2, $3, $4, $5, $6, 'queued', 0, $7, $7) ON CONFLICT (incident_id, event, channel_id) DO NOTHING`,
		n.ID, n.EnvironmentID, n.ChannelID, sql.NullString{String: n.IncidentID, Valid: n.IncidentID != ""}, string(n.Event), document, at)
	if err != nil {
		return fmt.Errorf("queue notification: %w", err)
	}
	return b.giveUp(queueFull, `channel_id = $1 AND id <= (SELECT id FROM notifications
		WHERE channel_id = $1 AND state = 'queued' ORDER BY id DESC LIMIT 1 OFFSET $2)`, n.ChannelID, maxQueued)
}

// number is the next number of a notification. It is at least the time in ms, so
// that none comes twice, even if the records are those of a backup: receivers
// tell by it what they have already.
func (b *book) number() (int64, error) {
	if b.last == 0 {
		if err := b.tx.QueryRowContext(b.ctx, `SELECT last_notification FROM evaluation`).Scan(&b.last); err != nil {
			return 0, fmt.Errorf("number notification: %w", err)
		}
	}
	b.last, b.numbered = max(b.last+1, b.now.UnixMilli()), true
	return b.last, nil
}

// giveUp ends the wait of queued notifications.
func (b *book) giveUp(reason, which string, args ...any) error {
	result, err := b.tx.ExecContext(b.ctx, `UPDATE notifications SET state = 'failed', next_attempt = NULL WHERE state = 'queued' AND `+which, args...)
	if err != nil {
		return fmt.Errorf("give up notifications: %w", err)
	}
	n, err := result.RowsAffected()
	b.dropped[reason] += n
	return err
}

// texts are the rows of a query for one text.
func (b *book) texts(query string, args ...any) (list []string, err error) {
	rows, err := b.tx.QueryContext(b.ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read channels: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, fmt.Errorf("read channels: %w", err)
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// DueNotifications are queued notifications whose next attempt is due. Environments
// take turns, and their channels do, so that one that answers slowly does not hold
// up the others. Of an incident a channel is told in order: later events wait until
// the earlier ones are delivered or have failed.
func (s *Store) DueNotifications(ctx context.Context, now time.Time, limit int) ([]Notification, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT `+notificationColumns+`, document FROM notifications JOIN (
			SELECT id AS due_id, ROW_NUMBER() OVER (PARTITION BY environment_id ORDER BY turn, next_attempt, id) AS place FROM (
				SELECT id, environment_id, next_attempt, ROW_NUMBER() OVER (PARTITION BY channel_id ORDER BY attempts, next_attempt, id) AS turn
				FROM notifications n WHERE state = 'queued' AND (next_attempt <= $1 OR next_attempt > $2) AND NOT EXISTS (SELECT 1 FROM notifications e
					WHERE e.incident_id = n.incident_id AND e.channel_id = n.channel_id AND e.id < n.id AND e.state = 'queued')
			) turns
		) due ON id = due_id ORDER BY place, next_attempt, id LIMIT $3`, now.UnixMilli(), now.Add(maxWait).UnixMilli(), limit)
	if err != nil {
		return nil, fmt.Errorf("read due notifications: %w", err)
	}
	list, err := scanNotifications(rows, true)
	if err != nil {
		return nil, fmt.Errorf("read due notifications: %w", err)
	}
	return list, nil
}

// Attempted writes an attempt into the log of deliveries, and what becomes of its
// notification: Queued with the time of the next attempt, Delivered or Failed. A
// notification that was given up meanwhile stays so, unless it was delivered. One
// that is kept no more is a fault.NotFound.
//
// If it is queued still, its channel is left alone until the next attempt, for a
// minute at most: what else waits for it is put off, but not a test.
func (s *Store) Attempted(ctx context.Context, a Attempt, state string, next time.Time) error {
	due := sql.NullInt64{Int64: next.UnixMilli(), Valid: state == Queued}
	text := a.Error
	if len(text) > maxAttemptError {
		text = strings.ToValidUTF8(text[:maxAttemptError], "")
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		missing := fault.New(fault.NotFound, "there is no notification %d", a.NotificationID)
		err := changeOne(ctx, tx, missing, `UPDATE notifications SET attempts = attempts + 1, attempted_at = $1,
			next_attempt = CASE WHEN state = 'queued' THEN CAST($2 AS BIGINT) END,
			state = CASE WHEN state = 'queued' OR $3 = 'delivered' THEN $3 ELSE state END
			WHERE id = $4`, a.At.UnixMilli(), due, state, a.NotificationID)
		if err != nil {
			return err
		}
		if state == Queued {
			if err := putOff(ctx, tx, a, next); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO attempts (notification_id, number, at, took_us, status, error)
			SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5 FROM attempts WHERE notification_id = $1`,
			a.NotificationID, a.At.UnixMilli(), a.Took.Microseconds(), a.Status, text)
		if err != nil {
			return fmt.Errorf("log attempt: %w", err)
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM attempts WHERE notification_id = $1
			AND number <= (SELECT MAX(number) FROM attempts WHERE notification_id = $1) - $2`, a.NotificationID, maxAttempts)
		if err != nil {
			return fmt.Errorf("forget old attempts: %w", err)
		}
		return nil
	})
}

// putOff leaves a channel alone after an attempt that has failed.
func putOff(ctx context.Context, tx *sql.Tx, failed Attempt, next time.Time) error {
	if most := failed.At.Add(failed.Took + maxRest); next.After(most) {
		next = most
	}
	_, err := tx.ExecContext(ctx, `UPDATE notifications SET next_attempt = $1 WHERE channel_id = (SELECT channel_id FROM notifications WHERE id = $2)
		AND state = 'queued' AND event <> 'test' AND next_attempt < $1`, next.UnixMilli(), failed.NotificationID)
	if err != nil {
		return fmt.Errorf("put off notifications: %w", err)
	}
	return nil
}
