import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { logout } from "../../../worker/contract/auth.ts";
import { api } from "../api/client.ts";

/** Ends the session and forgets everything it has shown. */
export function useSignOut() {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  return useMutation({
    mutationFn: () => api.call(logout, {}),
    onSuccess: () => {
      navigate("/login");
      client.clear();
    },
  });
}
