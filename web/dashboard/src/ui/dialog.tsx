import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** A dialog while it is shown; the browser keeps the focus inside and gives it back. */
export function Dialog(props: {
  title: string;
  close: () => void;
  class?: string;
  children: ComponentChildren;
}) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const from = document.activeElement;
    box.current?.showModal();
    return () => {
      if (from instanceof HTMLElement && from.isConnected) from.focus();
    };
  }, []);
  return (
    <dialog
      ref={box}
      class={props.class}
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault();
        props.close();
      }}
      onClick={(event) => event.target === box.current && props.close()}
    >
      <div class="dialog">
        <h2 id="dialog-title">{props.title}</h2>
        {props.children}
      </div>
    </dialog>
  );
}

/** Asks before something that cannot be undone. */
export function Confirm(props: {
  title: string;
  text: ComponentChildren;
  yes: string;
  danger?: boolean;
  agree: () => void;
  close: () => void;
}) {
  return (
    <Dialog title={props.title} close={props.close}>
      <p>{props.text}</p>
      <p class="row end">
        <button type="button" class="button" onClick={props.close}>
          Leave it
        </button>
        <button
          type="button"
          class={props.danger === true ? "button danger" : "button main"}
          onClick={() => {
            props.close();
            props.agree();
          }}
        >
          {props.yes}
        </button>
      </p>
    </Dialog>
  );
}
