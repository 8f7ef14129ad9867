import { Component, type ComponentChildren } from 'preact';
import { Button } from '../kit/button';

interface Props {
  /** What is within: the boundary begins anew with another. */
  of: string;
  children: ComponentChildren;
}

/** Holds a screen that fails, so that the navigation stays. */
export class Boundary extends Component<Props, { error?: unknown; of?: string }> {
  static override getDerivedStateFromError(error: unknown) {
    return { error };
  }

  static override getDerivedStateFromProps({ of }: Props, state: { of?: string }) {
    return of === state.of ? null : { of, error: undefined };
  }

  override componentDidCatch(error: unknown) {
    console.error(error);
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <div class="screen">
        <h1>This screen has failed</h1>
        <p>That is a fault of the dashboard; the data are not touched. Its message is:</p>
        <pre class="boundary-message">{String(error)}</pre>
        <p>
          <Button onClick={() => this.setState({ error: undefined })}>Try again</Button>
        </p>
      </div>
    );
  }
}
