import { useState } from "preact/hooks";
import { said } from "../api/ask";
import { signIn } from "../api/calls";
import icon from "../icon.svg";
import { lookWho } from "../state/session";
import { Fault } from "../ui/pieces";
import { Field } from "./job-edit";

export function SignIn() {
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = (): void => {
    setBusy(true);
    setFault("");
    signIn(user, password).then(
      () => lookWho(),
      (e: unknown) => {
        setFault(said(e));
        setBusy(false);
        setPassword("");
      },
    );
  };
  return (
    <main class="sign-in">
      <form
        class="card fields"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <h1>
          <img src={icon} alt="" width="28" height="28" /> Millrace
        </h1>
        <Field
          name="User"
          fill="username"
          value={user}
          input={(e) => setUser(e.currentTarget.value)}
        />
        <Field
          name="Password"
          secret
          fill="current-password"
          value={password}
          input={(e) => setPassword(e.currentTarget.value)}
        />
        <Fault text={fault} />
        <button type="submit" class="button main" disabled={busy}>
          Sign in
        </button>
      </form>
    </main>
  );
}
