import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { logout, logoutEverywhere } from "../../../worker/contract/auth.ts";
import { api } from "../api/client.ts";
import { keepInvitation } from "./kept-invitation.ts";

type How = {
  /** End every session of the user, not this one alone. */
  isEverywhere?: boolean;
  /** As somebody else, to use the invitation that waits in this tab. */
  isComingBack?: boolean;
};

/** Ends the session and forgets everything it has shown. */
export function useSignOut() {
  const forget = useForgetSession();
  return useMutation({
    mutationFn: ({ isEverywhere = false }: How) => api.call(isEverywhere ? logoutEverywhere : logout, {}),
    onSuccess: (_, { isComingBack = false }) => {
      if (!isComingBack) keepInvitation(null);
      forget();
    },
  });
}

/** For a session that is over. */
export function useForgetSession(): () => void {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  return () => {
    navigate("/login");
    client.clear();
  };
}
