package meta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"playhead/internal/fault"
)

const (
	// maxChannels is how many channels an environment may have.
	maxChannels = 50
	// maxTarget is how many bytes a target may have.
	maxTarget = 2048
	// signsOn is how long a secret signs after its rotation.
	signsOn = 24 * time.Hour
)

// Kinds are the kinds of channels, Subscriptions what they can be told of.
var (
	Kinds         = []string{Webhook, Slack, Email, PagerDuty}
	Subscriptions = []string{Anomalies, Thresholds, All}
)

// Channels are the channels of an environment in the order of their creation. They
// are shared and not to be changed.
func (s *Store) Channels(environmentID string) []Channel {
	return s.current.Load().channels[environmentID]
}

// Channel finds a channel; an unknown id is a fault.NotFound. It is shared and not
// to be changed.
func (s *Store) Channel(environmentID, id string) (Channel, error) {
	for _, c := range s.Channels(environmentID) {
		if c.ID == id {
			return c, nil
		}
	}
	return Channel{}, noChannel(id)
}

func noChannel(id string) error {
	return fault.New(fault.NotFound, "there is no notification channel %s", fault.Quote(id))
}

// CreateChannel keeps a channel, gives it an id and, if it is a webhook, a secret.
// That its target is one of its kind is for the caller to check; anything else that
// is malformed is a fault.Invalid error that names it, as is a channel too many.
func (s *Store) CreateChannel(ctx context.Context, c Channel) (Channel, error) {
	if err := c.check(); err != nil {
		return Channel{}, err
	}
	c.ID, c.CreatedAt, c.Secrets, c.RotatedUntil = newUUID(), s.now(), nil, time.Time{}
	c.UpdatedAt = c.CreatedAt
	if c.Kind == Webhook {
		c.Secrets = []string{newChannelSecret()}
	}
	err := s.write(ctx, func(tx *sql.Tx) error {
		secret, before := twoSecrets(c.Secrets)
		_, err := tx.ExecContext(ctx, `INSERT INTO channels
			(id, environment_id, name, kind, enabled, subscription, target, secret, secret_before, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)`,
			c.ID, c.EnvironmentID, c.Name, c.Kind, c.Enabled, c.Subscription, c.Target, secret, before, c.CreatedAt.UnixMilli())
		if err != nil {
			return fmt.Errorf("insert channel: %w", err)
		}
		return atMost(ctx, tx, maxChannels, "notification channels", `SELECT COUNT(*) FROM channels WHERE environment_id = $1`, c.EnvironmentID)
	})
	if err != nil {
		return Channel{}, err
	}
	return c, nil
}

// newChannelSecret has 260 random bits.
func newChannelSecret() string { return randomWord(26) + randomWord(26) }

// twoSecrets are the two that are stored; "" for none.
func twoSecrets(list []string) (newest, before string) {
	two := append(slices.Clone(list), "", "")
	return two[0], two[1]
}

// ChangeChannel changes a channel: edit gets it as it is and returns an error if it
// must not become what it would be. Its kind stays, and its secrets. What is queued
// for a channel that becomes disabled is given up. An unknown id is a
// fault.NotFound.
func (s *Store) ChangeChannel(ctx context.Context, environmentID, id string, edit func(*Channel) error) (Channel, error) {
	return s.changeChannel(ctx, environmentID, id, func(c *Channel) error {
		before := *c
		c.Secrets = slices.Clone(before.Secrets)
		if err := edit(c); err != nil {
			return err
		}
		if c.Kind != before.Kind {
			return fault.Badf("kind", "it stays what it is, %s: make another channel instead", before.Kind)
		}
		c.Secrets, c.RotatedUntil = before.Secrets, before.RotatedUntil
		return c.check()
	})
}

// RotateSecret gives a webhook a new secret. The one before signs too for 24 hours;
// one before that no more. Other kinds have none: a fault.Conflict. An unknown id
// is a fault.NotFound.
func (s *Store) RotateSecret(ctx context.Context, environmentID, id string) (Channel, error) {
	return s.changeChannel(ctx, environmentID, id, func(c *Channel) error {
		if c.Kind != Webhook {
			return fault.New(fault.Conflict, "a channel of kind %s has no secret that signs", c.Kind)
		}
		c.Secrets = append([]string{newChannelSecret()}, c.Secrets[:min(1, len(c.Secrets))]...)
		c.RotatedUntil = s.now().Add(signsOn)
		return nil
	})
}

// changeChannel changes a channel in one transaction.
func (s *Store) changeChannel(ctx context.Context, environmentID, id string, change func(*Channel) error) (Channel, error) {
	var c Channel
	var b *book
	err := s.write(ctx, func(tx *sql.Tx) error {
		before, err := scanChannel(tx.QueryRowContext(ctx, `SELECT `+channelColumns+` FROM channels WHERE environment_id = $1 AND id = $2`, environmentID, id).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			return noChannel(id)
		}
		if err != nil {
			return fmt.Errorf("look for channel: %w", err)
		}
		c = before
		if err := change(&c); err != nil {
			return err
		}
		c.ID, c.EnvironmentID, c.CreatedAt, c.UpdatedAt = before.ID, before.EnvironmentID, before.CreatedAt, before.UpdatedAt
		if reflect.DeepEqual(c, before) {
			return errSame
		}
		b = s.openBook(ctx, tx)
		c.UpdatedAt = b.now
		return b.replaceChannel(c, before.Enabled && !c.Enabled)
	})
	if errors.Is(err, errSame) {
		return c, nil
	}
	if err != nil {
		return Channel{}, err
	}
	s.countDropped(b.dropped)
	return c, nil
}

// replaceChannel writes a channel in the place of what it was before. Of one that
// becomes disabled it gives up what is queued.
func (b *book) replaceChannel(c Channel, disabled bool) error {
	if disabled {
		if err := b.giveUp(channelDisabled, `channel_id = $1`, c.ID); err != nil {
			return err
		}
	}
	secret, before := twoSecrets(c.Secrets)
	return changeOne(b.ctx, b.tx, noChannel(c.ID), `UPDATE channels SET name = $1, enabled = $2, subscription = $3, target = $4,
		secret = $5, secret_before = $6, rotated_until = $7, updated_at = $8 WHERE environment_id = $9 AND id = $10`,
		c.Name, c.Enabled, c.Subscription, c.Target, secret, before, nullable(c.RotatedUntil), c.UpdatedAt.UnixMilli(), c.EnvironmentID, c.ID)
}

// RemoveChannel removes a channel. What is queued for it is given up; what was sent
// stays with the incidents. An unknown id is a fault.NotFound.
func (s *Store) RemoveChannel(ctx context.Context, environmentID, id string) error {
	var b *book
	err := s.write(ctx, func(tx *sql.Tx) error {
		b = s.openBook(ctx, tx)
		err := changeOne(ctx, tx, noChannel(id), `DELETE FROM channels WHERE environment_id = $1 AND id = $2`, environmentID, id)
		if err != nil {
			return err
		}
		return b.giveUp(channelRemoved, `channel_id = $1`, id)
	})
	if err == nil {
		s.countDropped(b.dropped)
	}
	return err
}

const channelColumns = `id, environment_id, name, kind, enabled, subscription, target, secret, secret_before, rotated_until, created_at, updated_at`

func scanChannel(scan func(...any) error) (c Channel, err error) {
	var secret, before string
	var rotated sql.NullInt64
	var created, updated int64
	err = scan(&c.ID, &c.EnvironmentID, &c.Name, &c.Kind, &c.Enabled, &c.Subscription, &c.Target, &secret, &before, &rotated, &created, &updated)
	c.Secrets = stored(secret, before)
	c.RotatedUntil, c.CreatedAt, c.UpdatedAt = timeOf(rotated), time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
	return c, err
}

func (s *snapshot) readChannels(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT `+channelColumns+` FROM channels ORDER BY created_at, id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		c, err := scanChannel(rows.Scan)
		if err != nil {
			return err
		}
		s.channels[c.EnvironmentID] = append(s.channels[c.EnvironmentID], c)
	}
	return rows.Err()
}

// stored are the secrets of two columns, the newest first; "" is none.
func stored(newest, before string) (secrets []string) {
	for _, s := range []string{newest, before} {
		if s != "" {
			secrets = append(secrets, s)
		}
	}
	return secrets
}

// check refuses malformed members.
func (c Channel) check() error {
	if err := checkName("name", c.Name); err != nil {
		return err
	}
	if !slices.Contains(Subscriptions, c.Subscription) {
		return fault.Badf("subscription", "%s is not one of %s", fault.Quote(c.Subscription), strings.Join(Subscriptions, ", "))
	}
	if !slices.Contains(Kinds, c.Kind) {
		return fault.Badf("kind", "%s is not one of %s", fault.Quote(c.Kind), strings.Join(Kinds, ", "))
	}
	if c.Target == "" || len(c.Target) > maxTarget {
		return fault.Badf("target", "want 1 to %d bytes, have %d", maxTarget, len(c.Target))
	}
	return nil
}
