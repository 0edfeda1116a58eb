import { confirmSignUp, fetchAuthSession, resendSignUpCode, signIn, signOut, signUp } from "@aws-amplify/auth";
import { cognitoUserPoolsTokenProvider } from "@aws-amplify/auth/cognito";
import { Amplify, sharedInMemoryStorage, type ResourcesConfig } from "@aws-amplify/core";
import type { Facts } from "./facts";
import { messages } from "./messages";

/** A donor who has signed in. The token identifies them for an hour; nothing is stored beyond the open page. */
export interface Donor {
  email: string;
  token: string;
}

/** The pool wants a code that was sent to the donor's e-mail address. */
export class UnconfirmedError extends Error {}

/** Set up sign-in with the user pool. Passwords do not leave the browser: Cognito's SRP protocol proves them. */
export function configureSignIn({ signIn: origin, pool, client }: Facts): void {
  const config: ResourcesConfig = {
    Auth: {
      Cognito: {
        userPoolId: pool,
        userPoolClientId: client,
        userPoolEndpoint: `${origin || window.location.origin}/`,
      },
    },
  };
  Amplify.configure(config, { Auth: { tokenProvider: cognitoUserPoolsTokenProvider } });
  if (config.Auth) cognitoUserPoolsTokenProvider.setAuthConfig(config.Auth);
  cognitoUserPoolsTokenProvider.setKeyValueStorage(sharedInMemoryStorage);
}

/** Sign a donor in. Throws UnconfirmedError, and the pool's own errors with a sentence as their message. */
export async function signInDonor(email: string, password: string): Promise<Donor> {
  await signOutDonor();
  const { nextStep } = await signIn({ username: email, password });
  if (nextStep.signInStep === "CONFIRM_SIGN_UP") throw new UnconfirmedError();
  if (nextStep.signInStep !== "DONE") throw new Error(messages.signIn.other);
  const token = (await fetchAuthSession()).tokens?.idToken;
  if (!token) throw new Error(messages.signIn.other);
  return { email, token: token.toString() };
}

/** Create an account. Throws UnconfirmedError if a code was sent, and the pool's own errors. */
export async function signUpDonor(email: string, name: string, password: string): Promise<Donor> {
  const { isSignUpComplete } = await signUp({
    username: email,
    password,
    options: { userAttributes: { email, name } },
  });
  if (!isSignUpComplete) throw new UnconfirmedError();
  return signInDonor(email, password);
}

/** Confirm an e-mail address with its code, and sign in. Throws the pool's own errors. */
export async function confirmDonor(email: string, code: string, password: string): Promise<Donor> {
  await confirmSignUp({ username: email, confirmationCode: code });
  return signInDonor(email, password);
}

export async function sendCodeAgain(email: string): Promise<void> {
  await resendSignUpCode({ username: email });
}

export async function signOutDonor(): Promise<void> {
  await signOut().catch(() => undefined);
}
