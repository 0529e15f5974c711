import { useState } from "preact/hooks";
import { said } from "../api/ask";
import { signalJob } from "../api/calls";
import { parse, type Json } from "../api/json";
import type { Job } from "../api/types";
import { Dialog } from "../ui/dialog";
import { Fault } from "../ui/pieces";
import { tell } from "../ui/toast";
import { Field } from "./job-edit";

/** The name it waits for, as the server tells it. */
const awaited = (job: Job): string =>
  job.waiting?.reason === "signal" ? (/signal '([^']+)'/.exec(job.waiting.detail)?.[1] ?? "") : "";

export function SignalDialog(props: { job: Job; close: () => void; again: () => void }) {
  const { job } = props;
  const [name, setName] = useState(awaited(job));
  const [payload, setPayload] = useState("{}");
  const [fault, setFault] = useState("");
  const submit = (): void => {
    let json: Json;
    try {
      json = parse(payload);
    } catch (e) {
      setFault(`The payload is not JSON: ${(e as Error).message}`);
      return;
    }
    if (name.trim() === "") {
      setFault("A signal has a name.");
      return;
    }
    signalJob(String(job.id), name.trim(), json).then(
      () => {
        tell(`Job ${job.id} was sent signal ${name.trim()}.`);
        props.close();
        props.again();
      },
      (e: unknown) => setFault(said(e)),
    );
  };
  return (
    <Dialog title={`Send job ${job.id} a signal`} close={props.close}>
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div class="across">
          <Field name="Name" value={name} input={(e) => setName(e.currentTarget.value)} />
        </div>
        <label class="across">
          Payload
          <textarea
            rows={5}
            spellcheck={false}
            value={payload}
            onInput={(event) => setPayload(event.currentTarget.value)}
          />
        </label>
        <p class="note across">It is kept until the job asks for it.</p>
        <div class="across">
          <Fault text={fault} />
        </div>
        <p class="row end across">
          <button type="button" class="button" onClick={props.close}>
            Leave it
          </button>
          <button type="submit" class="button main">
            Send
          </button>
        </p>
      </form>
    </Dialog>
  );
}
