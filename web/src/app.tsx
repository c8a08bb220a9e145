import { lazy, Suspense } from "react";
import { Redirect, Route, Switch } from "wouter";
import { AppShell } from "./components/app-shell.tsx";
import { PageLoading } from "./components/page-loading.tsx";
import { DeploymentsPage } from "./pages/deployments-page.tsx";
import { NotFoundPage } from "./pages/not-found-page.tsx";
import { StepUpHost } from "./session/step-up-host.tsx";

// Each page is loaded when it is first gone to; the list, where everybody begins, comes along.
const LoginPage = lazy(async () => ({ default: (await import("./pages/login-page.tsx")).LoginPage }));
const SignupPage = lazy(async () => ({ default: (await import("./pages/signup-page.tsx")).SignupPage }));
const VerifyPage = lazy(async () => ({ default: (await import("./pages/verify-page.tsx")).VerifyPage }));
const ForgotPage = lazy(async () => ({ default: (await import("./pages/forgot-page.tsx")).ForgotPage }));
const ResetPage = lazy(async () => ({ default: (await import("./pages/reset-page.tsx")).ResetPage }));
const InvitationPage = lazy(async () => ({
  default: (await import("./pages/invitation-page.tsx")).InvitationPage,
}));
const AccountPage = lazy(async () => ({ default: (await import("./pages/account-page.tsx")).AccountPage }));
const NewPage = lazy(async () => ({ default: (await import("./pages/new-page.tsx")).NewPage }));
const DeploymentPage = lazy(async () => ({
  default: (await import("./pages/deployment-page.tsx")).DeploymentPage,
}));

export function App() {
  return (
    <>
      <Suspense fallback={<PageLoading />}>
        <Switch>
          <Route path="/login" component={LoginPage} />
          <Route path="/signup" component={SignupPage} />
          <Route path="/verify" component={VerifyPage} />
          <Route path="/forgot" component={ForgotPage} />
          <Route path="/reset" component={ResetPage} />
          <Route path="/invitation" component={InvitationPage} />
          <Route>
            <AppShell>
              <Switch>
                <Route path="/" component={DeploymentsPage} />
                <Route path="/new" component={NewPage} />
                {/* Keyed: going from one deployment to another shares no state. */}
                <Route path="/deployments/:id">{({ id }) => <DeploymentPage key={id} id={id} />}</Route>
                {/* Where the mails about one's security lead. */}
                <Route path="/account">
                  <Redirect to="/account/security" replace />
                </Route>
                <Route path="/account/:section">{({ section }) => <AccountPage section={section} />}</Route>
                <Route component={NotFoundPage} />
              </Switch>
            </AppShell>
          </Route>
        </Switch>
      </Suspense>
      <StepUpHost />
    </>
  );
}
