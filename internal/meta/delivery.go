package meta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"playhead/internal/fault"
)

// notificationColumns are those that scanNotifications reads, but for the document.
const notificationColumns = `id, environment_id, channel_id, incident_id, event, state, attempts, queued_at, attempted_at, next_attempt`

// scanNotifications reads and closes rows of notifications, with the incidents in
// a last column or without them.
func scanNotifications(rows *sql.Rows, incidents bool) (list []Notification, err error) {
	defer rows.Close()
	for rows.Next() {
		var n Notification
		var incident sql.NullString
		var document []byte
		var queued int64
		var attempted, next sql.NullInt64
		to := []any{&n.ID, &n.EnvironmentID, &n.ChannelID, &incident, &n.Event, &n.State, &n.Attempts, &queued, &attempted, &next}
		if incidents {
			to = append(to, &document)
		}
		if err := rows.Scan(to...); err != nil {
			return nil, err
		}
		n.IncidentID = incident.String
		n.QueuedAt, n.AttemptedAt, n.NextAttempt = time.UnixMilli(queued).UTC(), timeOf(attempted), timeOf(next)
		if len(document) > 0 {
			if n.Incident, err = decodeIncident(document); err != nil {
				return nil, err
			}
		}
		list = append(list, n)
	}
	return list, rows.Err()
}

// Deliveries lists the notifications of a channel with their attempts, the latest
// ones first, without their incidents.
func (s *Store) Deliveries(ctx context.Context, environmentID, channelID string, p DeliveryPage) (DeliveryList, error) {
	var l DeliveryList
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return l, fmt.Errorf("begin reading deliveries: %w", err)
	}
	defer tx.Rollback() // nothing was written
	const scope = ` FROM notifications WHERE environment_id = $1 AND channel_id = $2`
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*)`+scope, environmentID, channelID).Scan(&l.Total); err != nil {
		return l, fmt.Errorf("count deliveries: %w", err)
	}
	l.Deliveries, err = readDeliveries(ctx, tx, scope+` ORDER BY id DESC LIMIT $3 OFFSET $4`, environmentID, channelID, p.Limit, p.Offset)
	return l, err
}

// Delivery finds a notification of a channel with its attempts, without its
// incident; an unknown id is a fault.NotFound.
func (s *Store) Delivery(ctx context.Context, environmentID, channelID string, id int64) (Delivery, error) {
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return Delivery{}, fmt.Errorf("begin reading delivery: %w", err)
	}
	defer tx.Rollback() // nothing was written
	found, err := readDeliveries(ctx, tx, ` FROM notifications WHERE environment_id = $1 AND channel_id = $2 AND id = $3`, environmentID, channelID, id)
	if err != nil {
		return Delivery{}, err
	}
	if len(found) == 0 {
		return Delivery{}, noDelivery(id)
	}
	return found[0], nil
}

// IncidentDeliveries are the notifications of an incident for all channels with their
// attempts, the latest ones first, without the incident.
func (s *Store) IncidentDeliveries(ctx context.Context, environmentID, incidentID string) ([]Delivery, error) {
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("begin reading deliveries of an incident: %w", err)
	}
	defer tx.Rollback() // nothing was written
	return readDeliveries(ctx, tx, ` FROM notifications WHERE environment_id = $1 AND incident_id = $2 ORDER BY id DESC`, environmentID, incidentID)
}

func noDelivery(id int64) error {
	return fault.New(fault.NotFound, "there is no delivery %d of this channel", id)
}

// readDeliveries reads notifications, then their attempts.
func readDeliveries(ctx context.Context, tx *sql.Tx, scope string, args ...any) ([]Delivery, error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+notificationColumns+scope, args...)
	if err != nil {
		return nil, fmt.Errorf("read deliveries: %w", err)
	}
	found, err := scanNotifications(rows, false)
	if err != nil {
		return nil, fmt.Errorf("read deliveries: %w", err)
	}
	list := make([]Delivery, len(found))
	for i, n := range found {
		list[i].Notification = n
		if list[i].Log, err = readAttempts(ctx, tx, n.ID); err != nil {
			return nil, fmt.Errorf("read attempts of deliveries: %w", err)
		}
	}
	return list, nil
}

func readAttempts(ctx context.Context, tx *sql.Tx, notificationID int64) (list []Attempt, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT at, took_us, status, error FROM attempts WHERE notification_id = $1 ORDER BY number DESC`, notificationID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		a := Attempt{NotificationID: notificationID}
		var at, took int64
		if err := rows.Scan(&at, &took, &a.Status, &a.Error); err != nil {
			return nil, err
		}
		a.At, a.Took = time.UnixMilli(at).UTC(), time.Duration(took)*time.Microsecond
		list = append(list, a)
	}
	return list, rows.Err()
}

// NotificationsOf are the notifications of incidents by their ids, the earliest
// ones first, without the incidents.
func (s *Store) NotificationsOf(ctx context.Context, incidentIDs []string) (map[string][]Notification, error) {
	of := map[string][]Notification{}
	if len(incidentIDs) == 0 {
		return of, nil
	}
	args, places := make([]any, len(incidentIDs)), make([]string, len(incidentIDs))
	for i, id := range incidentIDs {
		args[i], places[i] = id, "$"+strconv.Itoa(i+1)
	}
	rows, err := s.db.QueryContext(ctx, `SELECT `+notificationColumns+` FROM notifications
		WHERE incident_id IN (`+strings.Join(places, ", ")+`) ORDER BY id`, args...)
	if err != nil {
		return nil, fmt.Errorf("read notifications of incidents: %w", err)
	}
	list, err := scanNotifications(rows, false)
	if err != nil {
		return nil, fmt.Errorf("read notifications of incidents: %w", err)
	}
	for _, n := range list {
		of[n.IncidentID] = append(of[n.IncidentID], n)
	}
	return of, nil
}

// Redeliver queues a notification again, as it was then and with the same id: the
// receiver may tell by it that it has it already. An unknown id is a
// fault.NotFound, one of a disabled channel or without what was sent any longer a
// fault.Conflict.
func (s *Store) Redeliver(ctx context.Context, environmentID, channelID string, id int64) (n Notification, err error) {
	c, err := s.Channel(environmentID, channelID)
	if err != nil {
		return n, err
	}
	if !c.Enabled {
		return n, fault.New(fault.Conflict, "the channel is disabled: enable it first")
	}
	err = s.transact(ctx, func(tx *sql.Tx) error {
		var document string
		row := tx.QueryRowContext(ctx, `SELECT document FROM notifications WHERE environment_id = $1 AND channel_id = $2 AND id = $3`, environmentID, channelID, id)
		if err := row.Scan(&document); errors.Is(err, sql.ErrNoRows) {
			return noDelivery(id)
		} else if err != nil {
			return fmt.Errorf("look for notification: %w", err)
		}
		rows, err := tx.QueryContext(ctx, `UPDATE notifications SET state = 'queued', attempts = 0, queued_at = $1, next_attempt = $1
			WHERE id = $2 AND (incident_id IS NULL OR document <> '') RETURNING `+notificationColumns+`, document`, s.now().UnixMilli(), id)
		if err != nil {
			return fmt.Errorf("queue notification again: %w", err)
		}
		list, err := scanNotifications(rows, true)
		if err != nil {
			return fmt.Errorf("queue notification again: %w", err)
		}
		if len(list) == 0 {
			return fault.New(fault.Conflict, "what was sent is kept for %d days: it is gone", int(keepDeliveries.Hours()/24))
		}
		n = list[0]
		return nil
	})
	return n, err
}

// TestChannel queues a test for a channel, which may be disabled. It is no event of
// an incident: its incident is empty. A test too many is a fault.Limited error.
func (s *Store) TestChannel(ctx context.Context, environmentID, channelID string) (n Notification, err error) {
	if _, err := s.Channel(environmentID, channelID); err != nil {
		return n, err
	}
	n = Notification{EnvironmentID: environmentID, ChannelID: channelID, Event: Tested}
	var b *book
	err = s.transact(ctx, func(tx *sql.Tx) error {
		b = s.openBook(ctx, tx)
		var waiting int
		row := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM notifications WHERE channel_id = $1 AND state = 'queued' AND incident_id IS NULL`, channelID)
		if err := row.Scan(&waiting); err != nil {
			return fmt.Errorf("count tests: %w", err)
		}
		if waiting >= maxQueuedTests {
			return fault.New(fault.Limited, "%d tests of the channel wait to be sent: try again later", waiting)
		}
		if err := b.queue(&n, ""); err != nil {
			return err
		}
		return b.close()
	})
	if err == nil {
		s.countDropped(b.dropped)
	}
	return n, err
}
