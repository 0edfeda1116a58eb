import { useEffect } from "react";
import { useLocation, useNavigate } from "react-router";
import { useConfig } from "../api/config";
import { refreshMerchants, signOut, useLinkError, useMerchant, useSession } from "../api/session";
import { messages } from "../messages";
import { Button } from "../parts/Button";
import { CopyLine } from "../parts/CodeBlock";
import { KeyValue } from "../parts/KeyValue";
import { Card, Page } from "../parts/Page";
import { CreateMerchantForm } from "./CreateMerchantForm";
import { MerchantTable } from "./MerchantTable";
import { SignInForm } from "./SignInForm";

const text = messages.keys;

/** Merchants and keys of the session; signed out, the form to sign in. */
export default function KeysPage() {
  return useMerchant() ? <SignedIn /> : <SignedOut />;
}

/** The page that was asked for before signing in. */
function useNextPage(): string {
  const state: unknown = useLocation().state;
  if (typeof state === "object" && state !== null && "next" in state && typeof state.next === "string") {
    return state.next;
  }
  return "/";
}

function SignedOut() {
  const { session, environment } = useConfig();
  const linkError = useLinkError();
  const navigate = useNavigate();
  const next = useNextPage();
  return (
    <Page title={text.title}>
      <div className="mx-auto flex max-w-lg flex-col gap-4">
        <Card title={text.signIn.title}>
          {linkError && (
            <div role="alert" className="mb-3 rounded-md bg-bad-soft px-3 py-2 text-bad">
              <p>{text.signIn.linkFailed}</p>
              <p className="mt-1 text-xs">{linkError.message}</p>
            </div>
          )}
          <div className="mb-4 flex flex-col gap-1.5">
            <p className="text-muted">{session ? text.signIn.local : text.signIn.remote}</p>
            <CopyLine text={session ? text.signIn.localCommand : text.signIn.remoteCommand(environment)} />
          </div>
          <SignInForm onDone={() => void navigate(next, { replace: true })} />
        </Card>
      </div>
    </Page>
  );
}

function SignedIn() {
  const config = useConfig();
  const { bearer } = useSession();
  useEffect(() => {
    // Other tabs and the command line create merchants too.
    void refreshMerchants();
  }, [bearer]);
  const origin = (base: string) => new URL(base || "/", window.location.origin).href.replace(/\/$/, "");
  return (
    <Page title={text.title} actions={<Button onClick={signOut}>{text.signOut}</Button>}>
      <div className="flex flex-col gap-4">
        <Card title={text.merchants.title}>
          <MerchantTable />
        </Card>
        <div className="grid items-start gap-4 md:grid-cols-2">
          <Card title={text.connect.title}>
            <KeyValue
              pairs={[
                [text.connect.native, <CopyLine key="native" text={origin(config.api_base)} />],
                [text.connect.stripe, <CopyLine key="stripe" text={origin(config.v1_base)} />],
                [text.connect.region, config.region],
                [text.connect.version, config.version],
              ]}
            />
          </Card>
          {config.session && (
            <Card title={text.create.title}>
              {bearer ? (
                <CreateMerchantForm />
              ) : (
                <div className="flex flex-col gap-1.5">
                  <p className="text-muted">{text.create.ended}</p>
                  <CopyLine text={text.signIn.localCommand} />
                </div>
              )}
            </Card>
          )}
          <Card title={text.add.title}>
            <SignInForm submitText={text.add.submit} onDone={() => undefined} />
          </Card>
        </div>
      </div>
    </Page>
  );
}
