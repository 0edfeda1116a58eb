import { Component, type ReactNode } from "react";
import { messages } from "../messages";
import { Button } from "../parts/Button";
import { Empty } from "../parts/states";

interface Props {
  /** The error is cleared when it changes, for instance the address. */
  resetKey: string;
  children: ReactNode;
}

interface State {
  hasFailed: boolean;
}

/** Shows a page's failure in its place; the navigation stays usable. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { hasFailed: false };

  static getDerivedStateFromError(): State {
    return { hasFailed: true };
  }

  override componentDidUpdate(before: Props): void {
    if (this.state.hasFailed && before.resetKey !== this.props.resetKey) this.setState({ hasFailed: false });
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children;
    const { title, text, reload } = messages.app.crashed;
    return (
      <Empty
        title={title}
        icon="warning"
        actions={
          <Button icon="refresh" onClick={() => window.location.reload()}>
            {reload}
          </Button>
        }
      >
        {text}
      </Empty>
    );
  }
}
